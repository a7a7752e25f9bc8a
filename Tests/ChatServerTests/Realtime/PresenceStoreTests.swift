// Licensed under the MIT licence.

import Chat
import ChatStores
import ChatTesting
import NIOCore
import SocketIOTesting
import Synchronization
import Testing

@testable import ChatServer

/// What the store is told of who comes and goes, also if it fails meanwhile.
@Suite struct PresenceStoreTests {
    private let kept: SightingStore
    private let fixture: ChatFixture

    init() {
        self.kept = SightingStore()
        self.fixture = ChatFixture(shards: 2, kept: self.kept)
    }

    private func pass(seconds: Int64) {
        for _ in 0..<seconds {
            self.fixture.loop.advance(by: .seconds(1))
            self.fixture.settle()
        }
    }

    @Test("A departure that the store refuses is told again until it is stored, once")
    func departure() throws {
        let ann = self.fixture.client("ann")
        self.fixture.settle()
        #expect(self.kept.news == ["ann came"])
        self.fixture.store.odds.notDone = 100
        ann.client.end()
        self.pass(seconds: 5)
        #expect(self.kept.news == ["ann came"])
        self.fixture.store.odds.notDone = 0
        self.pass(seconds: 5)
        #expect(self.kept.news == ["ann came", "ann went"])
        #expect(
            self.fixture.log.messages == [
                "the store does not take who comes and goes; it is told again every second",
                "the store knows again who is there",
            ]
        )
    }

    @Test("Who comes while the store fails is there for it once it works")
    func arrival() throws {
        self.fixture.store.odds.notDone = 100
        _ = self.fixture.client("ann")
        self.pass(seconds: 5)
        #expect(self.kept.news.isEmpty)
        self.fixture.store.odds.notDone = 0
        self.pass(seconds: 5)
        #expect(self.kept.news == ["ann came"])
    }

    @Test("Only the last that a user did is told again")
    func last() throws {
        self.fixture.store.odds.notDone = 100
        var ann = self.fixture.client("ann")
        let ben = self.fixture.client("ben")
        self.fixture.settle()
        ann.client.end()
        ben.client.end()
        self.fixture.settle()
        ann = self.fixture.client("ann")
        self.pass(seconds: 2)
        self.fixture.store.odds.notDone = 0
        self.pass(seconds: 5)
        #expect(self.kept.news.sorted() == ["ann came", "ben went"])
        withExtendedLifetime(ann) {}
    }

    @Test("An answer that is lost does no harm")
    func unknown() throws {
        self.fixture.store.odds.lostAfter = 100
        let ann = self.fixture.client("ann")
        self.fixture.settle()
        self.fixture.store.odds.lostAfter = 0
        ann.client.end()
        self.pass(seconds: 5)
        #expect(self.kept.news == ["ann came", "ann went"])
    }
}

/// A store that notes who comes and goes.
private final class SightingStore: MessageStore {
    private let inner = MemoryStore(stripes: 1)
    private let list = Mutex<[String]>([])

    var news: [String] { self.list.withLock { $0 } }

    func arrived(_ sighting: LastSeen, completion: @escaping @Sendable (Result<Void, StoreError>) -> Void) {
        self.list.withLock { $0.append("\(sighting.user.id.string) came") }
        completion(.success(()))
    }

    func record(_ sighting: LastSeen, completion: @escaping @Sendable (Result<Void, StoreError>) -> Void) {
        self.list.withLock { $0.append("\(sighting.user.id.string) went") }
        self.inner.record(sighting, completion: completion)
    }

    func lastSeen(of user: UserID, completion: @escaping @Sendable (Result<LastSeen?, StoreError>) -> Void) {
        self.inner.lastSeen(of: user, completion: completion)
    }

    func append(
        _ message: ChatMessage,
        floor: Int,
        completion: @escaping @Sendable (Result<AppendOutcome, StoreError>) -> Void
    ) { self.inner.append(message, floor: floor, completion: completion) }

    func messages(
        in room: RoomID,
        _ query: HistoryQuery,
        now: Timestamp,
        completion: @escaping @Sendable (Result<HistoryPage, StoreError>) -> Void
    ) { self.inner.messages(in: room, query, now: now, completion: completion) }

    func lastSequence(of room: RoomID, completion: @escaping @Sendable (Result<Int, StoreError>) -> Void) {
        self.inner.lastSequence(of: room, completion: completion)
    }

    func advance(_ cursor: ReadCursor, completion: @escaping @Sendable (Result<Bool, StoreError>) -> Void) {
        self.inner.advance(cursor, completion: completion)
    }

    func readCursor(
        of user: UserID,
        in room: RoomID,
        completion: @escaping @Sendable (Result<Int, StoreError>) -> Void
    ) { self.inner.readCursor(of: user, in: room, completion: completion) }
}
