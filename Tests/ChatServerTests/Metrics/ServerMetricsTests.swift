// Licensed under the MIT licence.

import Chat
import ChatStores
import HTTPTypes
import NIOCore
import Synchronization
import Testing

@testable import ChatServer

@Suite struct ServerMetricsTests {
    @Test func requestsAreCountedByRouteAndNotByPath() async throws {
        let api = try API()
        for room in ["a", "b"] { _ = try await api(.get, "/rooms/\(room)/users") }
        _ = try await api(.get, "/nowhere/\(Int.random(in: 1...9))")
        _ = try await api(.head, "/health")
        let brew = try #require(HTTPRequest.Method("BREW"))
        _ = try await api(brew, "/health")
        let answer = try await api(.get, "/metrics")
        #expect(answer.status == 200)
        #expect(answer.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
        let lines = answer.body.split(separator: "\n").filter { $0.hasPrefix("chat_http_requests_total") }
        #expect(
            Set(lines) == [
                #"chat_http_requests_total{method="GET",route="/rooms/{room_id}/users",status="200"} 2"#,
                #"chat_http_requests_total{method="GET",route="none",status="404"} 1"#,
                #"chat_http_requests_total{method="HEAD",route="/health",status="200"} 1"#,
                #"chat_http_requests_total{method="other",route="/health",status="405"} 1"#,
            ]
        )
        #expect(answer.body.contains(#"chat_http_request_duration_seconds_count{route="/health"} 2"#))
    }

    @Test func metricsTakeAKeyWhereThereAreKeys() async throws {
        let api = try API(["API_KEYS": "s3cret"])
        #expect(try await api(.get, "/metrics").status == 401)
        #expect(try await api(.get, "/metrics", [.authorization: "Bearer s3cret"]).status == 200)
    }

    @Test func callsToTheStoreAreMeasured() async throws {
        let metrics = ServerMetrics()
        let store = ObservedStore(FailingStore(), kind: "sqlite", factory: metrics.registry)
        let room = try RoomID("r")
        let answered = Mutex(0)
        store.lastSequence(of: room) { _ in answered.withLock { $0 += 1 } }
        store.check { _ in answered.withLock { $0 += 1 } }
        #expect(answered.withLock { $0 } == 2)
        let text = String(buffer: await metrics.text())
        let labels = #"operation="last_sequence",store="sqlite""#
        #expect(text.contains("chat_store_operation_duration_seconds_count{\(labels)} 1"))
        #expect(text.contains("chat_store_failures_total{\(labels)} 1"))
        #expect(text.contains(#"chat_store_failures_total{operation="check",store="sqlite"} 0"#))
    }

    @Test func whoAsksMeanwhileSharesTheAnswer() async {
        let source = CountingSource()
        let metrics = ServerMetrics()
        metrics.add(source)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<20 { group.addTask { _ = await metrics.text() } }
        }
        #expect(source.mostAtOnce.withLock { $0 } == 1)
    }
}

/// A store that knows nothing of its rooms.
private struct FailingStore: MessageStore {
    private static let failure = StoreError(.notDone, reason: "test")

    func append(
        _ message: ChatMessage,
        floor: Int,
        completion: @escaping @Sendable (Result<AppendOutcome, StoreError>) -> Void
    ) { completion(.failure(Self.failure)) }

    func messages(
        in room: RoomID,
        _ query: HistoryQuery,
        now: Timestamp,
        completion: @escaping @Sendable (Result<HistoryPage, StoreError>) -> Void
    ) { completion(.failure(Self.failure)) }

    func lastSequence(of room: RoomID, completion: @escaping @Sendable (Result<Int, StoreError>) -> Void) {
        completion(.failure(Self.failure))
    }

    func advance(_ cursor: ReadCursor, completion: @escaping @Sendable (Result<Bool, StoreError>) -> Void) {
        completion(.failure(Self.failure))
    }

    func readCursor(
        of user: UserID,
        in room: RoomID,
        completion: @escaping @Sendable (Result<Int, StoreError>) -> Void
    ) { completion(.failure(Self.failure)) }

    func record(_ sighting: LastSeen, completion: @escaping @Sendable (Result<Void, StoreError>) -> Void) {
        completion(.failure(Self.failure))
    }

    func lastSeen(
        of user: UserID,
        completion: @escaping @Sendable (Result<LastSeen?, StoreError>) -> Void
    ) { completion(.failure(Self.failure)) }
}

/// Notes how many ask at the same time.
private final class CountingSource: MetricSource {
    private let asking = Mutex(0)
    let mostAtOnce = Mutex(0)

    func families() async -> [MetricFamily] {
        let now = self.asking.withLock { count in
            count += 1
            return count
        }
        self.mostAtOnce.withLock { $0 = max($0, now) }
        await Task.yield()
        self.asking.withLock { $0 -= 1 }
        return []
    }
}
