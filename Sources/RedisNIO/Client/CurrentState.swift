// Licensed under the MIT licence.

import Synchronization

/// The state of a client, for all threads to read.
final class CurrentState: Sendable {
    private let value = Mutex(RedisState.connecting)

    var state: RedisState {
        self.value.withLock { $0 }
    }

    func become(_ state: RedisState) {
        self.value.withLock { $0 = state }
    }
}
