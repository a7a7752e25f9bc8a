// Licensed under the MIT licence.

import Chat
import CoreMetrics
import Instrumentation
import NIOCore
import Tracing

/// A store whose calls are measured, and traced if there is a tracer.
///
/// Costs each call two looks at the clock and a lock that is held for a moment; a delivery costs nothing.
final class ObservedStore: MessageStore {
    /// The calls that have a time of their own.
    enum Operation: String, CaseIterable, Sendable {
        case append, messages, advance, arrived, record, check
        case lastSequence = "last_sequence"
        case readCursor = "read_cursor"
        case lastSeen = "last_seen"
    }

    private struct Instruments: Sendable {
        let duration: CoreMetrics.Timer
        let failures: Counter
    }

    private let store: any MessageStore
    private let kind: String
    private let instruments: [Operation: Instruments]
    private let tracer: (any Tracer)?

    /// - Parameters:
    ///   - store: Does the work.
    ///   - kind: What it is called in metrics, such as `sqlite`.
    ///   - factory: Makes the instruments.
    ///   - tracer: Makes a span of each call, if there is one.
    init(_ store: any MessageStore, kind: String, factory: any MetricsFactory, tracer: (any Tracer)? = nil) {
        self.store = store
        self.kind = kind
        self.tracer = tracer
        var instruments: [Operation: Instruments] = [:]
        for operation in Operation.allCases {
            let dimensions = [("operation", operation.rawValue), ("store", kind)]
            instruments[operation] = Instruments(
                duration: .init(
                    label: "chat_store_operation_duration_seconds",
                    dimensions: dimensions,
                    factory: factory
                ),
                failures: .init(label: "chat_store_failures_total", dimensions: dimensions, factory: factory)
            )
        }
        self.instruments = instruments
    }

    private func observe<Value>(
        _ operation: Operation,
        _ completion: @escaping @Sendable (Result<Value, StoreError>) -> Void,
        _ call: (@escaping @Sendable (Result<Value, StoreError>) -> Void) -> Void
    ) {
        let start = NIODeadline.now()
        let instruments = self.instruments[operation]
        let span = self.tracer?.startSpan("store \(operation.rawValue)", ofKind: .client)
        span?.attributes["db.system.name"] = self.kind
        TraceScope(span?.context).run {
            call { result in
                instruments?.duration.recordNanoseconds((NIODeadline.now() - start).nanoseconds)
                if case .failure = result {
                    instruments?.failures.increment()
                    span?.setStatus(SpanStatus(code: .error))
                }
                span?.end()
                completion(result)
            }
        }
    }

    func append(
        _ message: ChatMessage,
        floor: Int,
        completion: @escaping @Sendable (Result<AppendOutcome, StoreError>) -> Void
    ) { self.observe(.append, completion) { self.store.append(message, floor: floor, completion: $0) } }

    func messages(
        in room: RoomID,
        _ query: HistoryQuery,
        now: Timestamp,
        completion: @escaping @Sendable (Result<HistoryPage, StoreError>) -> Void
    ) { self.observe(.messages, completion) { self.store.messages(in: room, query, now: now, completion: $0) } }

    func lastSequence(of room: RoomID, completion: @escaping @Sendable (Result<Int, StoreError>) -> Void) {
        self.observe(.lastSequence, completion) { self.store.lastSequence(of: room, completion: $0) }
    }

    func advance(_ cursor: ReadCursor, completion: @escaping @Sendable (Result<Bool, StoreError>) -> Void) {
        self.observe(.advance, completion) { self.store.advance(cursor, completion: $0) }
    }

    func readCursor(
        of user: UserID,
        in room: RoomID,
        completion: @escaping @Sendable (Result<Int, StoreError>) -> Void
    ) { self.observe(.readCursor, completion) { self.store.readCursor(of: user, in: room, completion: $0) } }

    func arrived(_ sighting: LastSeen, completion: @escaping @Sendable (Result<Void, StoreError>) -> Void) {
        self.observe(.arrived, completion) { self.store.arrived(sighting, completion: $0) }
    }

    func raise(_ seq: Int, of room: RoomID) { self.store.raise(seq, of: room) }

    func record(_ sighting: LastSeen, completion: @escaping @Sendable (Result<Void, StoreError>) -> Void) {
        self.observe(.record, completion) { self.store.record(sighting, completion: $0) }
    }

    func lastSeen(
        of user: UserID,
        completion: @escaping @Sendable (Result<LastSeen?, StoreError>) -> Void
    ) { self.observe(.lastSeen, completion) { self.store.lastSeen(of: user, completion: $0) } }

    func check(completion: @escaping @Sendable (Result<Void, StoreError>) -> Void) {
        self.observe(.check, completion) { self.store.check(completion: $0) }
    }

    func close(completion: @escaping @Sendable () -> Void) { self.store.close(completion: completion) }
}
