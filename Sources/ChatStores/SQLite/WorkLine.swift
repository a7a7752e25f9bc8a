// Licensed under the MIT licence.

import Dispatch
import Foundation
import NIOCore
import Synchronization

/// A bounded line of work that event loops put into and a few threads take from.
///
/// Putting never waits: it takes a lock for a moment, and is refused when too much waits already. Work counts against the
/// bounds until it is reported as done, so that what a thread has taken but not finished counts too.
final class WorkLine<Work: Sendable>: Sendable {
    /// How much may wait.
    struct Bounds: Sendable {
        var count: Int
        /// Work that is larger by itself is accepted when nothing else is there.
        var bytes: Int
    }

    /// What a thread has to do next.
    enum Next {
        /// Some work, in the order in which it was put; or none, because the time is over.
        case work([Work])
        /// Nothing, and there will be nothing more.
        case end
    }

    private struct State {
        var waiting = CircularBuffer<Work>()
        var count = 0
        var bytes = 0
        /// How many threads sleep and have not been woken.
        var sleepers = 0
        var isClosed = false

        /// Costs as much as is taken, however much waits behind it: event loops that put are held up as long.
        mutating func take(_ maximum: Int) -> [Work] {
            let count = min(maximum, self.waiting.count)
            var taken: [Work] = []
            taken.reserveCapacity(count)
            for _ in 0..<count { taken.append(self.waiting.removeFirst()) }
            // After a rush its room is given back.
            if self.waiting.isEmpty, self.waiting.capacity > WorkLine.keptCapacity { self.waiting = CircularBuffer() }
            return taken
        }
    }

    /// How many places an empty line keeps.
    private static var keptCapacity: Int { 4096 }

    private let state = Mutex(State())
    private let wake = DispatchSemaphore(value: 0)
    private let bounds: Bounds

    init(_ bounds: Bounds) {
        self.bounds = bounds
    }

    /// Puts work at the end of the line.
    ///
    /// - Returns: Whether it was taken; if not it is too much, or the line is closed.
    func put(_ work: Work, bytes: Int) -> Bool {
        let (isTaken, wakes) = self.state.withLock { state in
            guard !state.isClosed, state.count < self.bounds.count else { return (false, false) }
            guard state.count == 0 || bytes <= self.bounds.bytes - state.bytes else { return (false, false) }
            state.waiting.append(work)
            state.count += 1
            state.bytes += bytes
            let wakes = state.sleepers > 0
            if wakes { state.sleepers -= 1 }
            return (true, wakes)
        }
        if wakes { self.wake.signal() }
        return isTaken
    }

    /// Whether nothing waits and nothing is under way.
    var isIdle: Bool { self.state.withLock { $0.count == 0 } }

    /// How many pieces of work wait or are under way.
    var count: Int { self.state.withLock { $0.count } }

    /// Takes work from the front; waits until there is some, the line is closed or the time has come.
    ///
    /// - Parameters:
    ///   - maximum: How many pieces to take at most.
    ///   - deadline: When to come back without work; nil for never.
    /// - Returns: What to do next.
    func take(_ maximum: Int, deadline: DispatchTime? = nil) -> Next {
        while true {
            let next: Next? = self.state.withLock { state in
                if !state.waiting.isEmpty { return .work(state.take(maximum)) }
                if state.isClosed { return .end }
                state.sleepers += 1
                return nil
            }
            if let next { return next }
            guard let deadline else {
                self.wake.wait()
                continue
            }
            // Whoever wakes us is likely to have more. On a busy core it would be held up behind its first piece, which would then
            // have a commit of its own.
            defer { sched_yield() }
            if self.wake.wait(timeout: deadline) == .timedOut {
                let wasWoken = self.state.withLock { state in
                    guard state.sleepers > 0 else { return true }
                    state.sleepers -= 1
                    return false
                }
                // Whoever put work counted on us meanwhile; the signal must not wake somebody for nothing later.
                if wasWoken { self.wake.wait() } else { return .work([]) }
            }
        }
    }

    /// So much of what was taken is done.
    func done(count: Int, bytes: Int) {
        self.state.withLock { state in
            state.count -= count
            state.bytes -= bytes
        }
    }

    /// No more is put; what waits is still taken, then the threads are told of the end.
    func close() {
        let sleepers = self.state.withLock { state in
            state.isClosed = true
            defer { state.sleepers = 0 }
            return state.sleepers
        }
        for _ in 0..<sleepers { self.wake.signal() }
    }
}
