// Licensed under the MIT licence.

import Chat
import EngineIO
import EngineIOCore
import SocketIO

/// What is exposed of the shards' reports.
struct ShardFamilies {
    /// One for each shard, in order; nothing for those that have not answered.
    let reports: [ShardReport?]

    private typealias Sample = MetricFamily.Sample

    var all: [MetricFamily] { self.loops + self.sessions + self.traffic + self.sockets + self.recovery + self.chat }

    private var present: [ShardReport] { self.reports.compactMap { $0 } }
    private var engines: [EngineSample] { self.present.compactMap(\.engine) }

    private func sum(_ value: (ShardReport) -> Int) -> Int { self.present.reduce(0) { $0 + value($1) } }
    private func engineSum(_ value: (EngineSample) -> Int) -> Int { self.engines.reduce(0) { $0 + value($1) } }

    private var loops: [MetricFamily] {
        [
            MetricFamily("eio_loops", .gauge, "Event loops.", self.reports.count),
            MetricFamily(
                "eio_loops_unresponsive",
                .gauge,
                "Event loops that did not answer in time, of which nothing is in this answer.",
                self.reports.count - self.present.count
            ),
            MetricFamily(
                "eio_loop_lag_seconds",
                .histogram,
                "How late timers were, by event loop; four a second.",
                samples: self.reports.enumerated().compactMap { index, report in
                    report.map { Sample(labels: [.init("loop", "\(index)")], value: .distribution($0.lag)) }
                }
            ),
        ]
    }

    private var sessions: [MetricFamily] {
        [
            MetricFamily(
                "eio_connections",
                .gauge,
                "Engine.IO sessions that are open, by transport and protocol revision.",
                samples: self.bySession(\.sessions)
            ),
            MetricFamily(
                "eio_handshakes_total",
                .counter,
                "Sessions that were opened, by the transport they began on and protocol revision.",
                samples: self.bySession(\.counters.handshakes)
            ),
            MetricFamily(
                "eio_upgrades_total",
                .counter,
                "Sessions that moved from polling to WebSocket.",
                self.engineSum(\.counters.upgrades)
            ),
            MetricFamily(
                "eio_sessions_closed_total",
                .counter,
                "Sessions that ended, by reason; slow_consumer: too much waited for the peer.",
                samples: EngineCloseReason.allCases.map { reason in
                    Sample(
                        labels: [.init("reason", reason.rawValue.replacing(" ", with: "_"))],
                        value: .integer(self.engineSum { $0.counters.closeReasons[reason] ?? 0 })
                    )
                }
            ),
            MetricFamily(
                "eio_tls_handshakes_failed_total",
                .counter,
                "Connections that ended before TLS was agreed on.",
                self.engineSum(\.counters.tlsHandshakesFailed)
            ),
            MetricFamily(
                "eio_limit_hits_total",
                .counter,
                "Bounds that peers ran into, by bound.",
                samples: EngineLimit.allCases.map { limit in
                    Sample(
                        labels: [.init("limit", limit.rawValue)],
                        value: .integer(self.engineSum { $0.counters.limitHits[limit] ?? 0 })
                    )
                }
            ),
        ]
    }

    private func bySession(_ counts: KeyPath<EngineSample, EngineSessionCounts>) -> [MetricFamily.Sample] {
        TransportName.allCases.flatMap { transport in
            ProtocolRevision.allCases.map { revision in
                Sample(
                    labels: [.init("protocol", "\(revision.rawValue)"), .init("transport", transport.rawValue)],
                    value: .integer(self.engineSum { $0[keyPath: counts][transport, revision] })
                )
            }
        }
    }

    private var traffic: [MetricFamily] {
        let counters: [(String, String, (EngineSample) -> Int)] = [
            ("eio_messages_received_total", "Messages that came from clients.", \.counters.messagesReceived),
            (
                "eio_messages_sent_total", "Messages handed to connections; a broadcast counts once per receiver.",
                \.counters.messagesSent
            ),
            (
                "eio_messages_dropped_total", "Volatile messages that a connection was too slow for.",
                \.counters.messagesDropped
            ),
            (
                "eio_received_bytes_total", "Bytes of WebSocket frames and polling bodies received.",
                \.counters.bytesReceived
            ),
            ("eio_sent_bytes_total", "Bytes of WebSocket frames and polling answers sent.", \.counters.bytesSent),
        ]
        let queued = MetricFamily(
            "eio_queued_bytes",
            .gauge,
            "Bytes that wait for clients to take them.",
            self.engineSum(\.queuedBytes)
        )
        return counters.map { MetricFamily($0, .counter, $1, self.engineSum($2)) } + [queued]
    }

    private var sockets: [MetricFamily] {
        var fanOut = FanOut()
        for report in self.present { fanOut.add(report.namespaces.fanOut) }
        var receivers = Distribution(bounds: FanOut.bounds.map(Double.init))
        receivers.counts = fanOut.counts
        receivers.sum = Double(fanOut.receiverCount)
        return [
            MetricFamily("sio_sockets", .gauge, "Sockets, of all namespaces.", self.sum(\.namespaces.socketCount)),
            MetricFamily(
                "sio_broadcast_receivers",
                .histogram,
                "How many receivers broadcasts had, on each event loop that has any.",
                samples: [Sample(value: .distribution(receivers))]
            ),
        ]
    }

    private var recovery: [MetricFamily] {
        let outcomes: [(String, (ShardReport) -> Int)] = [
            ("recovered", \.namespaces.recovery.recovered), ("refused", \.namespaces.recovery.refused),
            ("held", \.namespaces.recovery.held),
        ]
        return [
            MetricFamily(
                "sio_recoveries_total",
                .counter,
                "Clients that asked for the session they had: recovered, refused (they began anew), or held (sent away once more).",
                samples: outcomes.map { Sample(labels: [.init("outcome", $0)], value: .integer(self.sum($1))) }
            ),
            MetricFamily(
                "sio_recovery_log_events",
                .gauge,
                "Events that are kept for clients that may come back.",
                self.sum(\.namespaces.recovery.eventCount)
            ),
            MetricFamily(
                "sio_recovery_log_bytes",
                .gauge,
                "Bytes of these events.",
                self.sum(\.namespaces.recovery.eventBytes)
            ),
            MetricFamily(
                "sio_recovery_sessions",
                .gauge,
                "Sessions of clients that are away and may come back.",
                self.sum(\.namespaces.recovery.sessionCount)
            ),
        ]
    }

    private var chat: [MetricFamily] {
        let events = ClientEvent.allCases.map { event in
            Sample(
                labels: [.init("event", event.rawValue)],
                value: .integer(self.sum { $0.chat.events[event] ?? 0 })
            )
        }
        let unknown = Sample(labels: [.init("event", "unknown")], value: .integer(self.sum(\.chat.unknownEvents)))
        return [
            MetricFamily("chat_rooms", .gauge, "Rooms that have members on this node.", self.sum(\.rooms)),
            MetricFamily(
                "chat_memberships",
                .gauge,
                "Sockets in rooms of this node, each as often as it is in one.",
                self.sum(\.memberships)
            ),
            MetricFamily("chat_users_online", .gauge, "Users with sockets on this node.", self.sum(\.usersOnline)),
            MetricFamily(
                "chat_events_total",
                .counter,
                "Events that clients sent, by name, those that were refused included.",
                samples: events + [unknown]
            ),
            MetricFamily(
                "chat_refusals_total",
                .counter,
                "Events that were refused, by error code.",
                samples: ChatErrorCode.allCases.map { code in
                    Sample(
                        labels: [.init("code", code.rawValue)],
                        value: .integer(self.sum { $0.chat.refusals[code] ?? 0 })
                    )
                }
            ),
            MetricFamily(
                "chat_messages_stored_total",
                .counter,
                "Messages that were stored through this node, from sockets and by HTTP.",
                self.sum(\.chat.messagesStored)
            ),
            MetricFamily(
                "chat_messages_repeated_total",
                .counter,
                "Messages that had been stored before, by their client_id.",
                self.sum(\.chat.messagesRepeated)
            ),
            MetricFamily(
                "chat_messages_delivered_total",
                .counter,
                "Messages given to rooms on this node, each once however many are in the room.",
                self.sum(\.chat.messagesDelivered)
            ),
        ]
    }
}
