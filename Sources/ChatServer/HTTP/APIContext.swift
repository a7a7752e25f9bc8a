// Licensed under the MIT licence.

import Hummingbird
import Logging

/// What belongs to one request on its way through the router.
///
/// The connection does not: no answer depends on it.
struct APIContext: RequestContext {
    struct Source: RequestContextSource {
        let logger: Logger
    }

    var coreContext: CoreRequestContextStorage

    init(source: Source) {
        self.coreContext = CoreRequestContextStorage(source: source)
    }
}
