// Licensed under the MIT licence.

extension LoadReport {
    /// The report for a human, one line per subject.
    var text: String {
        var lines: [String] = []
        func line(_ name: String, _ value: String) {
            lines.append(name + String(repeating: " ", count: max(1, 16 - name.count)) + value)
        }
        let settings = self.settings
        let sessions =
            "\(settings.transport), Engine.IO \(settings.engine.rawValue), \(Figure.count(settings.threads, "thread"))"
        line(
            "sio-bench",
            "\(self.version), \(settings.scenario.rawValue), \(settings.urls.joined(separator: " ")), \(sessions)"
        )
        if let label { line("label", label) }
        line("machine", "\(Figure.count(self.machine.cores, "core")), \(self.machine.cpu), \(self.machine.kernel)")
        line("load", self.load)
        line("connected", self.connectedText)
        if let memory {
            line(
                "server memory",
                "\(Figure.decimal(memory.kibPerConnection, 2)) KiB per connection (\(Figure.whole(memory.baselineKib)) to "
                    + "\(Figure.whole(memory.connectedKib)) KiB)"
            )
        }
        if let idling {
            let cpu = idling.serverCpuMicrosecondsPerConnectionSecond.map {
                ", server CPU \(Figure.decimal($0, 2)) µs per connection and second"
            }
            line("idle", "\(Figure.decimal(idling.seconds, 1)) s\(cpu ?? "")")
        }
        if let delivery { self.addDelivery(delivery, line) }
        self.addVerdict(line)
        return lines.joined(separator: "\n") + "\n"
    }

    private var load: String {
        let settings = self.settings
        let shape = "\(Figure.count(settings.clients, "client")), \(Figure.count(settings.rooms, "room"))"
        guard settings.scenario.sends else { return shape }
        let pace =
            settings.mode == .closed
            ? "closed loop, window \(settings.window), reply by \(settings.reply.rawValue)"
            : "open loop, \(Figure.whole(settings.rate)) messages/s"
        return "\(shape), \(Figure.count(settings.senders, "sender")), \(settings.payloadBytes) bytes, \(pace)"
    }

    private var connectedText: String {
        let latency = self.connecting.latency
        var text =
            "\(Figure.whole(self.connecting.clients)) in \(Figure.decimal(self.connecting.seconds, 2)) s "
            + "(\(Figure.whole(self.connecting.perSecond))/s), p50 \(Figure.decimal(latency.p50Milliseconds, 2)) ms, "
            + "p99 \(Figure.decimal(latency.p99Milliseconds, 2)) ms"
        if let cpu = self.connecting.serverCpuMicrosecondsPerConnection {
            text += "; server CPU \(Figure.decimal(cpu, 1)) µs each"
        }
        return text
    }

    private func addDelivery(_ delivery: Delivery, _ line: (String, String) -> Void) {
        line(
            "deliveries",
            "\(Figure.whole(delivery.deliveriesPerSecond))/s over \(Figure.decimal(delivery.measuredSeconds, 1)) s; "
                + "\(Figure.whole(delivery.deliveriesReceived)) of \(Figure.whole(delivery.deliveriesExpected)) in the whole run, "
                + "\(Figure.whole(delivery.bytesPerDelivery)) bytes each"
        )
        let latency = delivery.latency
        line(
            "latency",
            "p50 \(Figure.decimal(latency.p50Milliseconds, 3)), p90 \(Figure.decimal(latency.p90Milliseconds, 3)), "
                + "p99 \(Figure.decimal(latency.p99Milliseconds, 3)), p99.9 \(Figure.decimal(latency.p999Milliseconds, 3)), "
                + "max \(Figure.decimal(latency.maxMilliseconds, 3)) ms"
        )
        if let cpu = delivery.serverCpuMicrosecondsPerDelivery {
            let percent = delivery.serverCpuPercent.map { ", \(Figure.decimal($0, 1))% of a core" } ?? ""
            line("server CPU", "\(Figure.decimal(cpu, 2)) µs per delivery\(percent)")
        }
        line(
            "client CPU",
            "\(Figure.decimal(delivery.clientCpuMicrosecondsPerDelivery, 2)) µs per delivery, "
                + "\(Figure.decimal(delivery.clientCpuPercent, 1))% of a core"
        )
        if delivery.withheld > 0 || self.settings.mode == .open {
            line(
                "sending",
                "\(Figure.whole(delivery.withheld)) due but not sent (the server did not take them); "
                    + "this tool was at most \(Figure.decimal(delivery.worstSendLagMilliseconds, 3)) ms late"
            )
        }
    }

    private func addVerdict(_ line: (String, String) -> Void) {
        if self.delivery != nil {
            let sequence =
                self.delivery?.hasSequence == true
                ? "seq gaps \(self.faults.sequenceGaps), seq repeats \(self.faults.sequenceRepeats)" : "no seq to check"
            line(
                "faults",
                "lost \(self.faults.lost), duplicated \(self.faults.duplicated), reordered \(self.faults.reordered), "
                    + "strays \(self.faults.strays), \(sequence)"
            )
        }
        if let first = self.faults.first { line("first fault", first) }
        if self.lostClients > 0 { line("lost clients", "\(self.lostClients); \(self.firstLostClient ?? "")") }
        if self.errorEvents > 0 { line("error events", "\(self.errorEvents); \(self.firstErrorEvent ?? "")") }
        line("result", self.passed ? "clean" : "FAULTY")
    }
}

/// Numbers for humans.
enum Figure {
    /// `1,234,567`.
    static func whole(_ value: some BinaryInteger) -> String {
        let digits = String(value.magnitude)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return (value < 0 ? "-" : "") + text
    }

    static func whole(_ value: Double) -> String { self.whole(Int(value.rounded())) }

    /// `1,234.50` with that many places; at most 6.
    static func decimal(_ value: Double, _ places: Int) -> String {
        guard value.isFinite, abs(value) < 1e12 else { return "\(value)" }
        var scale = 1
        for _ in 0..<min(places, 6) { scale *= 10 }
        let scaled = Int((abs(value) * Double(scale)).rounded())
        let sign = value < 0 && scaled > 0 ? "-" : ""
        guard places > 0 else { return sign + self.whole(scaled) }
        let fraction = String(scaled % scale)
        return sign + self.whole(scaled / scale) + "." + String(repeating: "0", count: min(places, 6) - fraction.count)
            + fraction
    }

    /// `1 room`, `2 rooms`.
    static func count(_ value: Int, _ noun: String) -> String { "\(self.whole(value)) \(noun)\(value == 1 ? "" : "s")" }
}
