// Licensed under the MIT licence.

import Synchronization

/// The keys that open the HTTP interface at the moment; may be used from anywhere.
final class APIKeyring: Sendable {
    private let keys: Mutex<APIKeys>

    init(_ keys: APIKeys) {
        self.keys = Mutex(keys)
    }

    /// Takes these keys in place of all others.
    func use(_ keys: APIKeys) {
        self.keys.withLock { $0 = keys }
    }

    /// The key that this is; nothing if it is none.
    func key(_ candidate: some StringProtocol) -> APIKey? {
        self.keys.withLock { $0 }.key(candidate)
    }
}
