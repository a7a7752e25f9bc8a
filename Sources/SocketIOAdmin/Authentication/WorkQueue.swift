// Licensed under the MIT licence.

import Dispatch
import Synchronization

/// Does work that takes long, on threads that nobody else waits for: a few pieces at once, and a few that wait their turn.
final class WorkQueue: Sendable {
    private struct State {
        var runningCount = 0
        var waiting: [CheckedContinuation<Bool, Never>] = []
    }

    private let maximumRunning: Int
    private let maximumWaiting: Int
    private let state = Mutex(State())

    init(maximumRunning: Int = 2, maximumWaiting: Int = 16) {
        self.maximumRunning = maximumRunning
        self.maximumWaiting = maximumWaiting
    }

    /// How many pieces wait.
    var waitingCount: Int { self.state.withLock { $0.waiting.count } }

    /// Does a piece of work; nothing, without doing it, when too much waits already.
    func run<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value? {
        guard await self.begin() else { return nil }
        defer { self.end() }
        return await withCheckedContinuation { continuation in
            DispatchQueue.global(qos: .utility).async { continuation.resume(returning: work()) }
        }
    }

    /// Waits for a place; returns whether there is one.
    private func begin() async -> Bool {
        await withCheckedContinuation { (turn: CheckedContinuation<Bool, Never>) in
            let isGranted = self.state.withLock { state -> Bool? in
                if state.runningCount < self.maximumRunning {
                    state.runningCount += 1
                    return true
                }
                guard state.waiting.count < self.maximumWaiting else { return false }
                state.waiting.append(turn)
                return nil
            }
            if let isGranted { turn.resume(returning: isGranted) }
        }
    }

    /// Hands the place over to who waits longest.
    private func end() {
        let next = self.state.withLock { state -> CheckedContinuation<Bool, Never>? in
            guard !state.waiting.isEmpty else {
                state.runningCount -= 1
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.resume(returning: true)
    }
}
