import Hummingbird
import Configuration
import ServiceLifecycle
import Logging
print("")
