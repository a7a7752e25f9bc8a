// Licensed under the MIT licence.

import Chat
import ChatStores
import HTTPTypes
import NIOCore
import Synchronization
import Testing
import WireJSON

@testable import ChatServer

@Suite struct ReadinessTests {
    @Test func ready() async throws {
        let answer = try await API()(.get, "/ready")
        #expect(answer.status == 200)
        #expect(
            answer.body
                == #"{"status":"ready","access":"open","components":{"store":{"status":"ok","kind":"memory"},"bus":{"status":"ok","kind":"local"}}}"#
        )
    }

    @Test func draining() async throws {
        let api = try API()
        api.readiness.drain()
        let answer = try await api(.get, "/ready")
        #expect(answer.status == 503)
        #expect(answer.json?.member("status")?.stringValue == "draining")
        #expect(try await api(.get, "/health").status == 200)
    }

    @Test func aStoreThatFails() async throws {
        let answer = try await API(store: FailingStore())(.get, "/ready")
        #expect(answer.status == 503)
        #expect(answer.json?.member("status")?.stringValue == "failing")
        #expect(answer.json?.member("components")?.member("store")?.member("status")?.stringValue == "failing")
        #expect(!answer.body.contains("10.0.0.1"), "addresses are nobody's business")
    }

    @Test(arguments: [ComponentState.ok, .failing("nobody answers")])
    func aBusThatFailsWhileTheStoreWorks(bus: ComponentState) async {
        let log = LogRecorder()
        let readiness = Readiness(storeKind: .redis, store: MemoryStore(stripes: 1), bus: { bus })
        let report = await readiness.report(logger: log.logger)
        #expect(report.isReady == (bus == .ok))
        #expect(log.lines.map { $0.metadata["error.reason"] } == (bus == .ok ? [] : ["nobody answers"]))
        let (status, word) = bus == .ok ? ("ready", "ok") : ("failing", "failing")
        #expect(
            String(buffer: report.body) == """
                {"status":"\(status)","access":"open","components":{"store":{"status":"ok","kind":"redis"},\
                "bus":{"status":"\(word)","kind":"redis"}}}
                """
        )
    }

    @Test func ofAStoreThatFailsTheLogIsToldOnce() async throws {
        let log = LogRecorder()
        let api = try API(store: FailingStore(), log: log)
        for _ in 0..<7 { #expect(try await api(.get, "/ready").status == 503) }
        #expect(log.messages == ["the store does not answer"])
        #expect(log.lines.first?.metadata["error.reason"] == "no route to 10.0.0.1")
        #expect(log.lines.first?.metadata["http.request_id"] != nil)
    }

    @Test func theLogIsToldOfChangesAlone() async throws {
        let log = LogRecorder()
        let bus = Mutex(ComponentState.ok)
        let readiness = Readiness(storeKind: .redis, store: MemoryStore(stripes: 1)) { bus.withLock { $0 } }
        for state in [ComponentState.ok, .failing("gone"), .failing("still gone"), .ok, .ok, .failing("gone"), .ok] {
            bus.withLock { $0 = state }
            _ = await readiness.report(logger: log.logger)
        }
        let began = "a connection to the other nodes does not answer"
        let ended = "all that /ready asks answers again"
        #expect(log.messages == [began, ended, began, ended])
    }
}

/// A store that cannot be reached.
private struct FailingStore: MessageStore {
    private var error: StoreError { StoreError(.notDone, reason: "no route to 10.0.0.1") }

    func append(_: ChatMessage, floor: Int, completion: @escaping @Sendable (Result<AppendOutcome, StoreError>) -> Void)
    {
        completion(.failure(self.error))
    }
    func messages(
        in _: RoomID,
        _: HistoryQuery,
        now: Timestamp,
        completion: @escaping @Sendable (Result<HistoryPage, StoreError>) -> Void
    ) { completion(.failure(self.error)) }
    func lastSequence(of _: RoomID, completion: @escaping @Sendable (Result<Int, StoreError>) -> Void) {
        completion(.failure(self.error))
    }
    func advance(_: ReadCursor, completion: @escaping @Sendable (Result<Bool, StoreError>) -> Void) {
        completion(.failure(self.error))
    }
    func readCursor(of _: UserID, in _: RoomID, completion: @escaping @Sendable (Result<Int, StoreError>) -> Void) {
        completion(.failure(self.error))
    }
    func record(_: LastSeen, completion: @escaping @Sendable (Result<Void, StoreError>) -> Void) {
        completion(.failure(self.error))
    }
    func lastSeen(of _: UserID, completion: @escaping @Sendable (Result<LastSeen?, StoreError>) -> Void) {
        completion(.failure(self.error))
    }
    func check(completion: @escaping @Sendable (Result<Void, StoreError>) -> Void) {
        completion(.failure(self.error))
    }
}
