// Licensed under the MIT licence.

import Hummingbird
import Logging
import Synchronization

/// What belongs to one request on its way through the router.
///
/// The connection does not: no answer depends on it.
struct APIContext: RequestContext {
    struct Source: RequestContextSource {
        let logger: Logger
    }

    var coreContext: CoreRequestContextStorage
    /// The key that the request came with, for the log of those who passed the request on before that was known.
    let key = FoundKey()

    init(source: Source) {
        self.coreContext = CoreRequestContextStorage(source: source)
    }
}

/// The API key that a request was found to have.
final class FoundKey: Sendable {
    private let name = Mutex<String?>(nil)

    func found(_ key: APIKey) {
        self.name.withLock { $0 = key.name }
    }

    /// What the log has of it.
    var metadata: Logger.Metadata { self.name.withLock { $0 }.map { ["api.key": "\($0)"] } ?? [:] }
}
