// Licensed under the MIT licence.

internal import NIOCore
internal import NIOPosix
internal import SocketIOClient

/// One run from the first connection to the verdict: connect, settle, warm up, measure, drain, check, report.
///
/// Every wait has an end: a time of the settings or a constant here.
struct LoadRun {
    /// How long to wait at most until presence and room events of the joining have died down.
    private static let maximumSettle = TimeAmount.seconds(15)
    private static let pollPause = Duration.milliseconds(100)

    let settings: LoadSettings
    let label: String?
    let server: ServerProcess?
    let workers: [LoadWorker]
    private let group: MultiThreadedEventLoopGroup
    private var progress: ProgressLine

    init(
        settings: LoadSettings,
        label: String?,
        token: String?,
        headers: [(name: String, value: String)],
        targets: [LoadTarget],
        isQuiet: Bool
    ) throws(LoadFailure) {
        self.settings = settings
        self.label = label
        self.server = settings.serverPIDs.isEmpty ? nil : ServerProcess(pids: settings.serverPIDs)
        self.progress = ProgressLine(isQuiet: isQuiet)
        let run = String(UInt64.random(in: 0..<(1 << 35)), radix: 32)
        let template = RunTemplate(
            settings: settings,
            token: token,
            run: String(repeating: "0", count: 7 - run.count) + run
        )
        let plan = try ConnectionPlan(
            settings: settings,
            targets: targets,
            headers: headers,
            template: template
        )
        let group = MultiThreadedEventLoopGroup(numberOfThreads: settings.threads)
        self.group = group
        self.workers = group.makeIterator().enumerated().map { thread, eventLoop in
            let share = 1 / Double(settings.threads)
            return LoadWorker(
                eventLoop: eventLoop,
                template: template,
                indices: Array(stride(from: thread, to: settings.clients, by: settings.threads)),
                ramp: ConnectRamp(
                    rate: settings.connectRate * share,
                    maximumInFlight: max(1, settings.connectsInFlight / settings.threads),
                    timeout: .milliseconds(Int64(settings.connectTimeoutSeconds * 1000))
                ),
                options: plan.options(client:)
            )
        }
    }

    /// May be called once.
    mutating func run() async throws -> LoadReport {
        do {
            let report = try await self.report()
            try await self.finish()
            return report
        } catch {
            try? await self.finish()
            throw error
        }
    }

    private mutating func report() async throws -> LoadReport {
        let startedAt = LoadReport.now()
        let baseline = try self.serverUsage()
        let connectStart = NIODeadline.now()
        try await self.connect()
        let connectSeconds = Self.seconds(NIODeadline.now() - connectStart)
        let connected = try self.serverUsage()
        try await self.settle()
        let settled = try self.serverUsage()

        var idling: LoadReport.Idling?
        var delivery: LoadReport.Delivery?
        var faults = DeliveryChecker.Faults()
        if self.settings.scenario.sends {
            (delivery, faults) = try await self.measureDeliveries()
        } else if self.settings.scenario == .idle {
            idling = try await self.idle()
        }
        let counters = try await self.counters()
        let resident = try self.serverUsage()
        var report = LoadReport(
            startedAt: startedAt,
            machine: .current(),
            settings: self.settings,
            connecting: LoadReport.Connecting(
                clients: self.settings.clients,
                seconds: connectSeconds,
                perSecond: Double(self.settings.clients) / connectSeconds,
                latency: LoadReport.Latency(try await self.histogram(\.connectLatency))
            ),
            delivery: delivery,
            idling: idling,
            faults: faults,
            lostClients: counters.lostClients,
            firstLostClient: counters.firstLostClient,
            errorEvents: counters.errors,
            firstErrorEvent: counters.firstError
        )
        report.label = self.label
        if let baseline, let connected, let settled, let resident {
            let clients = Double(self.settings.clients)
            report.connecting.serverCpuMicrosecondsPerConnection =
                (connected.cpuMicroseconds - baseline.cpuMicroseconds) / clients
            // An idle run is about what stays resident; elsewhere the load itself would be counted.
            let atRest = self.settings.scenario == .idle ? resident : settled
            report.memory = LoadReport.Memory(
                baselineKib: baseline.residentKiB,
                connectedKib: atRest.residentKiB,
                kibPerConnection: Double(atRest.residentKiB - baseline.residentKiB) / clients
            )
        }
        return report
    }

    // MARK: Phases

    private mutating func connect() async throws {
        for worker in self.workers { worker.eventLoop.execute { worker.startConnecting() } }
        // Generous: the rate, a timeout for the last clients, and as much again for a server that is slow but not
        // stuck.
        let allowed = Double(self.settings.clients) / self.settings.connectRate + self.settings.connectTimeoutSeconds
        let slowest =
            Double(self.settings.clients) / Double(self.settings.connectsInFlight) * self.settings.connectTimeoutSeconds
        let deadline = NIODeadline.now() + Self.amount(allowed + slowest)
        while true {
            let counters = try await self.counters()
            self.progress.show("connecting: \(Figure.whole(counters.ready)) of \(Figure.whole(self.settings.clients))")
            if let failure = counters.firstFailure { throw LoadFailure("could not connect: \(failure)") }
            if let lost = counters.firstLostClient { throw LoadFailure("lost a connection while connecting: \(lost)") }
            if counters.ready == self.settings.clients { return }
            guard NIODeadline.now() < deadline else {
                throw LoadFailure("only \(counters.ready) of \(self.settings.clients) clients connected in time")
            }
            try await Task.sleep(for: self.settings.scenario == .connect ? .milliseconds(5) : Self.pollPause)
        }
    }

    /// Waits until nothing has come in for three polls.
    private mutating func settle() async throws {
        let deadline = NIODeadline.now() + Self.maximumSettle
        var last = try await self.textsReceived()
        var quietPolls = 0
        while quietPolls < 3, NIODeadline.now() < deadline {
            try await Task.sleep(for: Self.pollPause)
            let texts = try await self.textsReceived()
            quietPolls = texts == last ? quietPolls + 1 : 0
            last = texts
            self.progress.show("settling")
        }
    }

    private mutating func idle() async throws -> LoadReport.Idling {
        let before = try self.serverUsage()
        let end = NIODeadline.now() + Self.amount(self.settings.durationSeconds)
        while NIODeadline.now() < end {
            self.progress.show("idle: \(Figure.decimal(Self.seconds(end - .now()), 0)) s to go")
            try await Task.sleep(for: .nanoseconds(min(1_000_000_000, max(0, (end - .now()).nanoseconds))))
        }
        let after = try self.serverUsage()
        var idling = LoadReport.Idling(seconds: self.settings.durationSeconds)
        if let before, let after {
            let perConnection = (after.cpuMicroseconds - before.cpuMicroseconds) / Double(self.settings.clients)
            idling.serverCpuMicrosecondsPerConnectionSecond = perConnection / self.settings.durationSeconds
        }
        return idling
    }

    private mutating func measureDeliveries() async throws -> (LoadReport.Delivery, DeliveryChecker.Faults) {
        let begin = NIODeadline.now()
        let start = begin + Self.amount(self.settings.warmupSeconds) + .milliseconds(20)
        let end = start + Self.amount(self.settings.durationSeconds)
        self.startSending(LoadWorker.Window(start: start, end: end), begin: begin)
        try await self.wait(until: start, "warming up")
        let before = (server: try self.serverUsage(), own: OwnProcess.cpuMicroseconds())
        try await self.wait(until: end, "measuring")
        // Earlier than planned when all messages have been sent.
        let seconds = max(1e-3, min(self.settings.durationSeconds, Self.seconds(NIODeadline.now() - start)))
        let after = (server: try self.serverUsage(), own: OwnProcess.cpuMicroseconds())
        for worker in self.workers { worker.eventLoop.execute { worker.stopSending() } }
        let sent = try await self.drain()
        let faults = try await self.verdict(sent)
        let counters = try await self.counters()
        let measured = max(1, Double(counters.receivedInWindow))
        var delivery = LoadReport.Delivery(
            measuredSeconds: seconds,
            messagesSent: sent.total,
            deliveriesExpected: sent.expectedDeliveries,
            deliveriesReceived: counters.received,
            deliveriesMeasured: counters.receivedInWindow,
            deliveriesPerSecond: Double(counters.receivedInWindow) / seconds,
            bytesPerDelivery: Double(counters.receivedBytes) / max(1, Double(counters.received)),
            latency: LoadReport.Latency(try await self.histogram(\.latency)),
            clientCpuMicrosecondsPerDelivery: (after.own - before.own) / measured,
            clientCpuPercent: (after.own - before.own) / seconds / 10_000,
            withheld: counters.withheld,
            worstSendLagMilliseconds: Double(counters.worstSendLagNanoseconds) / 1e6,
            hasSequence: counters.numbered > 0
        )
        if let serverBefore = before.server, let serverAfter = after.server {
            let used = serverAfter.cpuMicroseconds - serverBefore.cpuMicroseconds
            delivery.serverCpuMicrosecondsPerDelivery = used / measured
            delivery.serverCpuPercent = used / seconds / 10_000
        }
        return (delivery, faults)
    }

    private func startSending(_ window: LoadWorker.Window, begin: NIODeadline) {
        let allSenders = max(1, self.settings.senders)
        for (index, worker) in self.workers.enumerated() {
            let settings = self.settings
            let threads = self.workers.count
            worker.eventLoop.execute {
                worker.window = window
                worker.startSending()
                guard settings.mode == .open, !worker.senders.isEmpty else { return }
                let rate = settings.rate * Double(worker.senders.count) / Double(allSenders)
                // The workers' schedules are shifted against each other, so that all messages together come evenly.
                let shift = TimeAmount.nanoseconds(Int64(1e9 / settings.rate) * Int64(index) / Int64(threads))
                OpenLoopPacer(worker: worker, rate: rate, start: begin + .milliseconds(10) + shift, end: window.end)
                    .run()
            }
        }
    }

    /// Waits for what is on the way, and a moment more, in which a duplicate may show itself.
    private mutating func drain() async throws -> SentTable {
        let deadline = NIODeadline.now() + Self.amount(self.settings.drainSeconds)
        while true {
            let sent = try await self.sentTable()
            let received = try await self.counters().received
            if received >= sent.expectedDeliveries || NIODeadline.now() >= deadline {
                try await Task.sleep(for: Self.pollPause)
                return sent
            }
            self.progress.show("draining: \(Figure.whole(sent.expectedDeliveries - received)) on the way")
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    private mutating func wait(until deadline: NIODeadline, _ phase: String) async throws {
        var last = (received: try await self.counters().received, at: NIODeadline.now())
        while true {
            let left = deadline - .now()
            guard left > .zero else { return }
            let pause = Int64(200_000_000)
            try await Task.sleep(for: .nanoseconds(min(pause, left.nanoseconds)), tolerance: .zero)
            let now = NIODeadline.now()
            guard now < deadline, try await self.maySendMore() else { return }
            let counters = try await self.counters()
            let rate = Double(counters.received - last.received) / max(1e-3, Self.seconds(now - last.at))
            last = (counters.received, now)
            let lost = counters.lostClients > 0 ? ", \(counters.lostClients) clients lost" : ""
            let togo = Figure.decimal(Self.seconds(deadline - now), 0)
            self.progress.show(
                "\(phase): \(Figure.whole(rate)) deliveries/s, \(Figure.whole(counters.received)) in all, \(togo) s to go\(lost)"
            )
        }
    }

    /// Closes all sessions, some at a time, within ten seconds.
    private mutating func finish() async throws {
        let deadline = NIODeadline.now() + .seconds(10)
        var left = self.settings.clients
        while left > 0, NIODeadline.now() < deadline {
            left = 0
            for worker in self.workers { left += try await worker.eventLoop.submit { worker.finish(limit: 500) }.get() }
            self.progress.show("closing: \(Figure.whole(left)) left")
            if left > 0 { try await Task.sleep(for: .milliseconds(10)) }
        }
        self.progress.clear()
        try await self.group.shutdownGracefully()
    }
}
