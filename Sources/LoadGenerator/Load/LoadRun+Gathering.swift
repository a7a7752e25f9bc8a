// Licensed under the MIT licence.

internal import NIOCore

/// What all workers know, brought together.
extension LoadRun {
    func counters() async throws -> LoadCounters {
        var sum = LoadCounters()
        for worker in self.workers { sum.merge(try await worker.eventLoop.submit { worker.counters }.get()) }
        return sum
    }

    /// Whether some sender has not reached its limit of messages.
    func maySendMore() async throws -> Bool {
        for worker in self.workers where try await worker.eventLoop.submit({ worker.mayStillSend }).get() {
            return true
        }
        return false
    }

    func textsReceived() async throws -> UInt64 {
        var sum: UInt64 = 0
        for worker in self.workers { sum += try await worker.eventLoop.submit { worker.textsReceived }.get() }
        return sum
    }

    func histogram(_ path: any KeyPath<LoadWorker, LatencyHistogram> & Sendable) async throws -> LatencyHistogram {
        var sum = LatencyHistogram()
        for worker in self.workers { sum.merge(try await worker.eventLoop.submit { worker[keyPath: path] }.get()) }
        return sum
    }

    func sentTable() async throws -> SentTable {
        var counts: [SentCount] = []
        for worker in self.workers { counts += try await worker.eventLoop.submit { worker.sentCounts() }.get() }
        return SentTable(settings: self.settings, counts: counts)
    }

    func verdict(_ sent: SentTable) async throws -> DeliveryChecker.Faults {
        var faults = DeliveryChecker.Faults()
        for worker in self.workers { faults.merge(try await worker.eventLoop.submit { worker.verdict(sent) }.get()) }
        return faults
    }

    func serverUsage() throws(LoadFailure) -> ServerProcess.Usage? {
        guard let server = self.server else { return nil }
        guard let usage = server.usage() else {
            throw LoadFailure(
                "the server process \(server.pids.map(String.init).joined(separator: ", ")) is not there, or not readable"
            )
        }
        return usage
    }

    static func seconds(_ amount: TimeAmount) -> Double { Double(amount.nanoseconds) / 1e9 }

    static func amount(_ seconds: Double) -> TimeAmount { .nanoseconds(Int64(seconds * 1e9)) }
}
