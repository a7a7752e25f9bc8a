// Licensed under the MIT licence.

import Dispatch
import Synchronization

/// Who waits for the end of a store, and for what the end waits.
final class StoreEnding: Sendable {
    private struct State {
        var hasBegun = false
        var isOver = false
        var waiting: [@Sendable () -> Void] = []
    }

    private let state = Mutex(State())
    private let readers = DispatchGroup()

    /// Whether somebody has closed the store.
    var hasBegun: Bool { self.state.withLock { $0.hasBegun } }

    func expect(readers count: Int) {
        for _ in 0..<count { self.readers.enter() }
    }

    func readerEnded() { self.readers.leave() }

    /// On the writer's thread.
    func waitForReaders() { self.readers.wait() }

    func writerEnded() {
        let waiting = self.state.withLock { state in
            state.isOver = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for completion in waiting { completion() }
    }

    func whenEnded(_ completion: @escaping @Sendable () -> Void) {
        let isOver = self.state.withLock { state in
            state.hasBegun = true
            if !state.isOver { state.waiting.append(completion) }
            return state.isOver
        }
        if isOver { completion() }
    }
}
