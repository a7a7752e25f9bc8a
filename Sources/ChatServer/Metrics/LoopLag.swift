// Licensed under the MIT licence.

import EngineIOCore
import NIOCore

/// How late one event loop is: a timer's lateness, four times a second.
///
/// `@unchecked Sendable`: every `var` is touched on the shard only.
final class LoopLag: @unchecked Sendable {
    private static let interval = TimeAmount.milliseconds(250)

    private let shard: any EngineShard
    /// Seconds.
    private(set) var lateness = Distribution(bounds: .latencyBounds)
    private var isStopped = false

    init(_ shard: any EngineShard) {
        self.shard = shard
    }

    /// Begins to measure, until it is told to stop.
    func start() {
        self.shard.run { self.scheduleNext() }
    }

    /// Measures no more; to be called before the loop ends, which takes no further timers then.
    func stop(whenStopped: @escaping @Sendable () -> Void) {
        self.shard.execute {
            self.isStopped = true
            whenStopped()
        }
    }

    private func scheduleNext() {
        let due = self.shard.now + Self.interval
        self.shard.schedule(after: Self.interval) { [weak self] in
            guard let self, !self.isStopped else { return }
            self.lateness.observe(Double(max(0, (self.shard.now - due).nanoseconds)) / 1e9)
            self.scheduleNext()
        }
    }
}
