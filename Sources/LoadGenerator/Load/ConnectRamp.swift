// Licensed under the MIT licence.

internal import NIOCore

/// How fast one worker may open connections, and how far it has come.
struct ConnectRamp: Sendable {
    /// Connections per second.
    let rate: Double
    let maximumInFlight: Int
    let timeout: TimeAmount
    private(set) var started = 0
    var firstUnready = 0
    private var beganAt: NIODeadline?

    init(rate: Double, maximumInFlight: Int, timeout: TimeAmount) {
        self.rate = rate
        self.maximumInFlight = maximumInFlight
        self.timeout = timeout
    }

    /// How many may be started now; they count as started.
    ///
    /// At most a tenth of a second's worth is made up for after a stall.
    mutating func allowance(now: NIODeadline, finished: Int, total: Int) -> Int {
        let beganAt = self.beganAt ?? now
        self.beganAt = beganAt
        let due = 1 + Int(Double((now - beganAt).nanoseconds) / 1e9 * self.rate)
        let burst = max(1, Int(self.rate / 10))
        let count = max(
            0,
            min(due - self.started, burst, self.maximumInFlight - (self.started - finished), total - self.started)
        )
        self.started += count
        return count
    }
}

extension LoadWorker {
    /// Connects all clients at the ramp's rate; progress shows in the counters.
    func startConnecting() {
        self.connectMore()
        guard self.counters.ready < self.clients.count, self.counters.failed == 0 else { return }
        self.failOverdueClients()
        self.eventLoop.scheduleTask(in: .milliseconds(5)) { self.startConnecting() }
    }

    func connectMore() {
        guard self.counters.failed == 0 else { return }
        let first = self.ramp.started
        let finished = self.counters.ready + self.counters.failed
        let count = self.ramp.allowance(now: self.eventLoop.now, finished: finished, total: self.clients.count)
        for index in first..<(first + count) { self.clients[index].start() }
    }

    /// Clients start in order, so when the first that is not ready is in time, all are.
    private func failOverdueClients() {
        while self.ramp.firstUnready < self.ramp.started, self.clients[self.ramp.firstUnready].isReady {
            self.ramp.firstUnready += 1
        }
        guard self.ramp.firstUnready < self.ramp.started else { return }
        let client = self.clients[self.ramp.firstUnready]
        if self.eventLoop.now - client.startedAt > self.ramp.timeout {
            self.clientFailed(client, "timed out waiting for \(client.waitsFor)")
        }
    }
}
