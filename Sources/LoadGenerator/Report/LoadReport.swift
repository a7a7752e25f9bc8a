// Licensed under the MIT licence.

#if canImport(FoundationEssentials)
internal import FoundationEssentials
#else
internal import Foundation
#endif

/// Everything a run found out; printed as text and written as JSON (keys in snake case, sorted).
struct LoadReport: Sendable, Codable, Equatable {
    static let toolVersion = "0.1.0"

    struct Latency: Sendable, Codable, Equatable {
        var count: UInt64
        var p50Milliseconds: Double
        var p90Milliseconds: Double
        var p99Milliseconds: Double
        var p999Milliseconds: Double
        var maxMilliseconds: Double
        var meanMilliseconds: Double

        init(_ histogram: LatencyHistogram) {
            func milliseconds(_ percent: Double) -> Double { Double(histogram.percentile(percent)) / 1e6 }
            self.count = histogram.count
            self.p50Milliseconds = milliseconds(50)
            self.p90Milliseconds = milliseconds(90)
            self.p99Milliseconds = milliseconds(99)
            self.p999Milliseconds = milliseconds(99.9)
            self.maxMilliseconds = Double(histogram.maximumNanoseconds) / 1e6
            self.meanMilliseconds = histogram.meanNanoseconds / 1e6
        }
    }

    struct Connecting: Sendable, Codable, Equatable {
        var clients: Int
        var seconds: Double
        var perSecond: Double
        /// From the TCP connect to the room.
        var latency: Latency
        var serverCpuMicrosecondsPerConnection: Double?
    }

    struct Memory: Sendable, Codable, Equatable {
        /// The server's resident memory before the first connection and with all of them.
        var baselineKib: Int
        var connectedKib: Int
        var kibPerConnection: Double
    }

    struct Delivery: Sendable, Codable, Equatable {
        var measuredSeconds: Double
        /// In the whole run, warm-up included; the checks cover all of it.
        var messagesSent: UInt64
        var deliveriesExpected: UInt64
        var deliveriesReceived: UInt64
        var deliveriesMeasured: UInt64
        var deliveriesPerSecond: Double
        var bytesPerDelivery: Double
        var latency: Latency
        var serverCpuMicrosecondsPerDelivery: Double?
        var serverCpuPercent: Double?
        var clientCpuMicrosecondsPerDelivery: Double
        var clientCpuPercent: Double
        /// Open mode: messages that were due but not sent, because the server did not take what was sent before.
        var withheld: UInt64
        /// Open mode: how late this tool itself was, at most.
        var worstSendLagMilliseconds: Double
        /// Whether the server numbers messages, so that gaps could be checked.
        var hasSequence: Bool
    }

    struct Idling: Sendable, Codable, Equatable {
        var seconds: Double
        var serverCpuMicrosecondsPerConnectionSecond: Double?
    }

    var tool = "sio-bench"
    var version = LoadReport.toolVersion
    var swift = LoadReport.compiler
    var label: String?
    var startedAt: String
    var machine: Machine
    var settings: LoadSettings
    var connecting: Connecting
    var memory: Memory?
    var delivery: Delivery?
    var idling: Idling?
    var faults: DeliveryChecker.Faults
    var lostClients: Int
    var firstLostClient: String?
    var errorEvents: UInt64
    var firstErrorEvent: String?

    /// Whether nothing was lost, duplicated or reordered, nothing that was due was kept back, and every session
    /// lasted.
    var passed: Bool { self.faults.isClean && self.lostClients == 0 && (self.delivery?.withheld ?? 0) == 0 }

    static var compiler: String {
        #if swift(>=6.4)
        "6.4 or later"
        #elseif swift(>=6.3)
        "6.3"
        #else
        "6.2 or earlier"
        #endif
    }

    /// The report as JSON, with `passed` beside the members above.
    func json() throws -> String {
        struct WithVerdict: Encodable {
            var report: LoadReport

            enum Keys: String, CodingKey { case passed }

            func encode(to encoder: any Encoder) throws {
                try self.report.encode(to: encoder)
                var container = encoder.container(keyedBy: Keys.self)
                try container.encode(self.report.passed, forKey: .passed)
            }
        }
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(WithVerdict(report: self)), as: UTF8.self) + "\n"
    }

    static func now() -> String { Date().ISO8601Format() }
}
