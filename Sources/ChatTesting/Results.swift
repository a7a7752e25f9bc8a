// Licensed under the MIT licence.

package import Chat
import Synchronization

/// Gathers what completions bring, in the order in which they come.
package final class Results<Value: Sendable>: Sendable {
    private struct State {
        var results: [Result<Value, StoreError>] = []
        var waiting: (count: Int, continuation: CheckedContinuation<Void, Never>)?
    }

    private let state = Mutex(State())

    /// Starts without any.
    package init() {}

    /// To be called by a completion.
    package func add(_ result: Result<Value, StoreError>) {
        let continuation = self.state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.results.append(result)
            guard let waiting = state.waiting, state.results.count >= waiting.count else { return nil }
            state.waiting = nil
            return waiting.continuation
        }
        continuation?.resume()
    }

    /// The values, once there are `count`; or the first failure.
    package func all(_ count: Int) async throws -> [Value] {
        await withCheckedContinuation { continuation in
            let isComplete = self.state.withLock { state in
                if state.results.count >= count { return true }
                state.waiting = (count, continuation)
                return false
            }
            if isComplete { continuation.resume() }
        }
        return try self.state.withLock { $0.results }.map { try $0.get() }
    }
}
