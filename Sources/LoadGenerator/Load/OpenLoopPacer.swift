// Licensed under the MIT licence.

internal import NIOCore

/// Sends at a fixed rate, whatever the server does.
///
/// Message k is due at start + k / rate and carries that time, also when it is sent late; so the latency of a stall
/// is counted for every message that would have been sent during it, not only for the one that was stuck
/// ("coordinated omission").
final class OpenLoopPacer {
    /// Messages of one turn at most, so that receiving goes on when sending has fallen behind.
    private static let maximumPerTurn = 1_000
    /// Timers do not fire more often than this; what is due in between is sent together.
    private static let shortestPause = TimeAmount.microseconds(50)

    private let worker: LoadWorker
    private let interval: Double
    private let start: NIODeadline
    private let end: NIODeadline
    private var next = 0

    /// Makes a schedule of `rate` messages per second, of all the worker's senders together.
    init(worker: LoadWorker, rate: Double, start: NIODeadline, end: NIODeadline) {
        self.worker = worker
        self.interval = 1e9 / rate
        self.start = start
        self.end = end
    }

    /// Begins; on the worker's event loop.
    func run() {
        let now = self.worker.eventLoop.now
        var count = 0
        while self.due < self.end, self.due <= now, count < Self.maximumPerTurn {
            self.worker.sendDue(self.worker.senders[self.next % self.worker.senders.count], due: self.due, now: now)
            self.next += 1
            count += 1
        }
        guard self.due < self.end else { return }
        let pacer = NIOLoopBound(self, eventLoop: self.worker.eventLoop)
        self.worker.eventLoop.scheduleTask(deadline: max(self.due, now + Self.shortestPause)) { pacer.value.run() }
    }

    private var due: NIODeadline { self.start + .nanoseconds(Int64(Double(self.next) * self.interval)) }
}
