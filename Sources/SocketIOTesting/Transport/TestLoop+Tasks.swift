// Licensed under the MIT licence.

import Synchronization

extension TestLoop {
    /// Runs jobs for as long as `operation` takes, which is done by a task of its own: for calls that wait for a shard.
    package func finish<Value: Sendable>(
        _ operation: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let outcome = Outcome<Value>()
        Task {
            outcome.set(await Result(catching: operation))
            // Wakes the caller, who looks only after jobs.
            self.shards[0].execute {}
        }
        var result: Result<Value, any Error>?
        await self.run {
            result = outcome.result
            return result != nil
        }
        guard let result else { throw CancellationError() }
        return try result.get()
    }
}

private final class Outcome<Value: Sendable>: Sendable {
    private let state = Mutex<Result<Value, any Error>?>(nil)

    var result: Result<Value, any Error>? { self.state.withLock { $0 } }

    func set(_ result: Result<Value, any Error>) {
        self.state.withLock { $0 = result }
    }
}

extension Result where Failure == any Error {
    fileprivate init(catching body: () async throws -> Success) async {
        do {
            self = .success(try await body())
        } catch {
            self = .failure(error)
        }
    }
}
