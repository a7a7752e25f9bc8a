// Licensed under the MIT licence.

import CoreMetrics
import Instrumentation
import NIOCore
import RedisNIO
import SocketIORedis
import Synchronization
import Tracing

/// What the clients of Redis count together, and the bus over them.
struct RedisMetrics: MetricSource {
    let clients: [RedisClient]
    let bus: RedisBus
    /// How many messages of other nodes made no sense, by what they were about.
    var rejected: [(kind: String, count: @Sendable () -> Int)] = []

    func families() async -> [MetricFamily] {
        let counters = self.clients.map(\.counters)
        func sum(_ count: KeyPath<RedisCounters, Int>) -> Int { counters.reduce(0) { $0 + $1[keyPath: count] } }
        let statistics = self.bus.statistics
        let totals: [(String, String, Int)] = [
            ("redis_commands_total", "Commands and transactions that were sent.", sum(\.commands)),
            ("redis_late_replies_total", "Answers that came behind their deadline.", sum(\.lateReplies)),
            ("redis_timeouts_total", "Commands whose deadline passed.", sum(\.timeouts)),
            ("redis_refusals_total", "Commands that found no room.", sum(\.refusals)),
            (
                "redis_connections_total", "Connections that became ready; reconnections, but for the first of each.",
                sum(\.connections)
            ),
            (
                "redis_connection_failures_total", "Connections that ended or could not be made.",
                sum(\.connectionFailures)
            ),
            ("redis_redirections_total", "Commands that were sent to another node.", sum(\.redirections)),
            ("redis_retries_total", "Commands that the server put off.", sum(\.retries)),
            ("redis_messages_received_total", "Messages that subscriptions brought.", sum(\.messages)),
            ("redis_received_bytes_total", "Bytes received.", sum(\.bytesIn)),
            ("redis_sent_bytes_total", "Bytes sent.", sum(\.bytesOut)),
            ("sio_bus_received_total", "Messages that came over the bus.", statistics.received),
            ("sio_bus_rejected_total", "Messages of these that made no sense or were too large.", statistics.rejected),
            ("sio_bus_published_total", "Messages that were published on the bus.", statistics.published),
            ("sio_bus_failed_total", "Messages of these that may not have reached Redis.", statistics.failed),
        ]
        let isUp = MetricFamily(
            "redis_up",
            .gauge,
            "Whether all servers of Redis can be reached, by every client of this node.",
            self.clients.allSatisfy(\.isReady) ? 1 : 0
        )
        let rejected = MetricFamily(
            "chat_nodes_rejected_total",
            .counter,
            "Messages of other nodes that made no sense.",
            samples: self.rejected.map { .init(labels: [MetricLabel("kind", $0.kind)], value: .integer($0.count())) }
        )
        return totals.map { MetricFamily($0, .counter, $1, $2) } + [isUp, rejected]
    }
}

/// Measures how long commands take, by command, and traces them if there is a tracer.
final class RedisLatency: RedisCommandObserver {
    private struct Instruments {
        let duration: CoreMetrics.Timer
        let failures: Counter
    }

    private let factory: any MetricsFactory
    private let instruments = Mutex<[String: Instruments]>([:])
    private let tracer: (any Tracer)?

    init(_ factory: any MetricsFactory, tracer: (any Tracer)? = nil) {
        self.factory = factory
        self.tracer = tracer
    }

    func commandBegan(_ name: String) -> @Sendable (RedisError?) -> Void {
        let start = NIODeadline.now()
        let instruments = self.instruments.withLock { known in
            if let found = known[name] { return found }
            let made = Instruments(
                duration: .init(
                    label: "redis_command_duration_seconds",
                    dimensions: [("command", name)],
                    factory: self.factory
                ),
                failures: .init(
                    label: "redis_command_failures_total",
                    dimensions: [("command", name)],
                    factory: self.factory
                )
            )
            known[name] = made
            return made
        }
        let span = self.tracer?.startSpan("redis \(name)", ofKind: .client)
        span?.attributes["db.system.name"] = "redis"
        return { error in
            if error != nil { span?.setStatus(SpanStatus(code: .error)) }
            span?.end()
            instruments.duration.recordNanoseconds((NIODeadline.now() - start).nanoseconds)
            if error != nil { instruments.failures.increment() }
        }
    }
}
