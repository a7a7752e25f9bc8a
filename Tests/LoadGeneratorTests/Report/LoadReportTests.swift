// Licensed under the MIT licence.

import NIOCore
import Testing
import WireJSON

@testable import LoadGenerator

@Suite struct LoadReportTests {
    private func report(lost: UInt64 = 0, withheld: UInt64 = 0, lostClients: Int = 0) throws -> LoadReport {
        var histogram = LatencyHistogram()
        for value in 1...1_000 as ClosedRange<UInt64> { histogram.record(nanoseconds: value * 1_000_000) }
        var faults = DeliveryChecker.Faults()
        faults.lost = lost
        return LoadReport(
            label: "a label",
            startedAt: "2026-01-01T00:00:00Z",
            machine: Machine(cores: 2, cpu: "A CPU", kernel: "Linux 6"),
            settings: try SIOBench.settings(["--scenario", "fan1", "--token", "secret"]),
            connecting: LoadReport.Connecting(
                clients: 1_000,
                seconds: 2,
                perSecond: 500,
                latency: LoadReport.Latency(histogram)
            ),
            memory: LoadReport.Memory(baselineKib: 1_000, connectedKib: 7_000, kibPerConnection: 6),
            delivery: LoadReport.Delivery(
                measuredSeconds: 10,
                messagesSent: 20_000,
                deliveriesExpected: 20_000_000,
                deliveriesReceived: 20_000_000,
                deliveriesMeasured: 12_345_678,
                deliveriesPerSecond: 1_234_567.8,
                bytesPerDelivery: 350,
                latency: LoadReport.Latency(histogram),
                serverCpuMicrosecondsPerDelivery: 0.83,
                serverCpuPercent: 99.5,
                clientCpuMicrosecondsPerDelivery: 0.5,
                clientCpuPercent: 60,
                withheld: withheld,
                worstSendLagMilliseconds: 0,
                hasSequence: true
            ),
            faults: faults,
            lostClients: lostClients,
            errorEvents: 0
        )
    }

    @Test func jsonHoldsEverythingInSnakeCase() throws {
        let json = try JSONValue(validating: ByteBuffer(string: try self.report().json()))
        #expect(json.member("passed")?.boolValue == true)
        #expect(json.member("tool")?.stringValue == "sio-bench")
        #expect(json.member("label")?.stringValue == "a label")
        #expect(json.member("machine")?.member("cores")?.intValue == 2)
        #expect(json.member("settings")?.member("payload_bytes")?.intValue == 200)
        #expect(json.member("settings")?.member("scenario")?.stringValue == "fan1")
        #expect(json.member("memory")?.member("kib_per_connection")?.intValue == 6)
        let delivery = try #require(json.member("delivery"))
        #expect(delivery.member("server_cpu_microseconds_per_delivery").map { String(buffer: $0.bytes) } == "0.83")
        let latency = try #require(delivery.member("latency"))
        for name in ["p50", "p90", "p99", "p999", "max", "mean"] {
            #expect(latency.member("\(name)_milliseconds")?.kind == .number, "\(name)")
        }
        #expect(latency.member("max_milliseconds")?.intValue == 1_000)
    }

    @Test func secretsStayOut() throws {
        #expect(try !self.report().json().contains("secret"))
    }

    @Test func anyFaultFailsTheRun() throws {
        #expect(try self.report().passed)
        #expect(try !self.report(lost: 1).passed)
        #expect(try !self.report(withheld: 1).passed)
        #expect(try !self.report(lostClients: 1).passed)
        #expect(try self.report(lost: 1).text.contains("FAULTY"))
    }

    @Test func textNamesTheFigures() throws {
        let text = try self.report().text
        for part in [
            "1,234,568/s", "0.83 µs per delivery", "6.00 KiB per connection", "lost 0", "result          clean",
        ] {
            #expect(text.contains(part), "\(part)")
        }
    }

    @Test func figuresAreWrittenForHumans() {
        #expect(Figure.whole(0) == "0")
        #expect(Figure.whole(999) == "999")
        #expect(Figure.whole(-1_234_567) == "-1,234,567")
        #expect(Figure.decimal(1_234.006, 2) == "1,234.01")
        #expect(Figure.decimal(0.05, 1) == "0.1")
        #expect(Figure.decimal(-0.001, 2) == "0.00")
        #expect(Figure.decimal(2, 0) == "2")
        #expect(Figure.decimal(.nan, 2) == "nan")
        #expect(Figure.count(1, "room") == "1 room")
        #expect(Figure.count(2_000, "room") == "2,000 rooms")
    }
}
