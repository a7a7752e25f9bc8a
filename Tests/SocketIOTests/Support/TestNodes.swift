// Licensed under the MIT licence.

import Logging
import NIOCore
import SocketIO
import SocketIOCore
import SocketIOTesting
import Synchronization

/// Several servers on one loop that share their sessions; any of them may be killed. Rooms number what they are sent.
final class TestNodes: Sendable {
    static let rooms: [Room] = ["red", "green"]
    static let numbering = RoomNumbering(eventName: "numbered") { event in
        Int(String(buffer: event.arguments).prefix { $0 != "," })
    }

    private struct State {
        var nodes: [TestNode] = []
        /// Where sessions are that have moved.
        var moved: [PrivateSessionID: LogName] = [:]
        /// How many events each room was sent.
        var lasts: [Room: Int] = [:]
        var nextName: UInt64 = 1
        var retired: [LogName: TestNode] = [:]
    }

    let loop: TestLoop
    private let state = Mutex(State())

    init(count: Int, shards: Int, seed: UInt64?) {
        self.loop = TestLoop(shardCount: shards, seed: seed)
        for _ in 0..<count { self.start() }
    }

    var nodes: [TestNode] { self.state.withLock { $0.nodes } }

    func last(of room: Room) -> Int { self.state.withLock { $0.lasts[room, default: 0] } }

    /// Adds a server.
    func start() {
        let name = self.state.withLock { state in
            state.nextName += 1
            return LogName(random: state.nextName)
        }
        let node = TestNode(name: name, nodes: self)
        self.state.withLock { $0.nodes.append(node) }
        node.open(self.state.withLock { $0.lasts })
    }

    /// Ends a server without a word.
    func kill(_ index: Int) {
        self.state.withLock { state in
            let node = state.nodes.remove(at: index)
            node.isDead.withLock { $0 = true }
            node.journal.records.behaviour = .dying(afterBatches: 0, isLastAnswered: false)
            state.retired[node.name] = node
        }
    }

    /// Sends a room its next event: all servers hear of it, each in its time.
    func send(to room: Room) {
        let number = self.state.withLock { state in
            state.lasts[room, default: 0] += 1
            return state.lasts[room, default: 0]
        }
        for node in self.nodes { node.heard(of: number, in: room) }
    }

    /// Which node has a session.
    func owner(of pid: PrivateSessionID) -> (node: TestNode?, isAlive: Bool) {
        self.state.withLock { state in
            let name = state.moved[pid] ?? pid.home
            if let node = state.nodes.first(where: { $0.name == name }) { return (node, true) }
            return (state.retired[name], false)
        }
    }

    func move(_ pid: PrivateSessionID, from: LogName, to: LogName?) -> Bool {
        self.state.withLock { state in
            guard state.moved[pid] ?? pid.home == from else { return false }
            state.moved[pid] = to ?? LogName(random: 0)
            return true
        }
    }
}

/// One of several servers.
final class TestNode: RecoveryPeers, Sendable {
    let name: LogName
    let fixture: Fixture
    let journal: TestSharedJournal
    let isDead = Mutex(false)
    private let nodes: TestNodes
    private let log = Mutex<SharedRecoveryLog?>(nil)
    /// How far each room is here.
    private let delivered = Mutex<[Room: Int]>([:])

    init(name: LogName, nodes: TestNodes) {
        self.name = name
        self.nodes = nodes
        let journal = TestSharedJournal(name: name)
        self.journal = journal
        let reference = WeakNode()
        let loop = nodes.loop
        let makeLog: RecoveryLogFactory = { _, options, window in
            if let home = loop.shards.first(where: { $0.isCurrent }) { journal.records.gather { home.execute($0) } }
            let log = SharedRecoveryLog(
                options: options,
                receiptWindow: window,
                journal: journal,
                surroundings: .init(
                    peers: reference,
                    numbering: TestNodes.numbering,
                    now: { loop.now },
                    welcome: { reference.node.withLock { $0 }?.welcome($0, whenDone: $1) }
                ),
                nanosecondsSince1970: Int64(loop.now.uptimeNanoseconds)
            )
            reference.node.withLock { $0 }?.log.withLock { $0 = log }
            return log
        }
        let options = ServerOptions(connectionStateRecovery: .init(), recoveryLog: makeLog)
        self.fixture = Fixture(sharing: loop, options: options)
        reference.node.withLock { $0 = self }
        self.fixture.main.onInline("join") { socket, event in
            for room in TestNodes.rooms { socket.join(room) }
            event.acknowledgement?.send(raw: ByteBuffer())
        }
    }

    private var isAlive: Bool { !self.isDead.withLock { $0 } }

    func open(_ numbers: [Room: Int]) {
        for (index, room) in TestNodes.rooms.enumerated() {
            self.atHome(index) {
                let number = numbers[room, default: 0]
                self.delivered.withLock { $0[room] = number }
                self.fixture.main.withLastingRecoveryLog { ($0 as? SharedRecoveryLog)?.opened(room, number: number) }
            }
        }
    }

    func tick() {
        self.fixture.main.onRecoveryShard { self.log.withLock { $0 }?.tick() }
    }

    private func atHome(_ index: Int, _ body: @escaping @Sendable () -> Void) {
        self.nodes.loop.shards[index % self.nodes.loop.shards.count].execute(body)
    }

    func heard(of number: Int, in room: Room) {
        guard let index = TestNodes.rooms.firstIndex(of: room) else { return }
        self.atHome(index) {
            guard self.isAlive else { return }
            self.delivered.withLock { $0[room] = number }
            self.fixture.main.local.to(room).emit(
                raw: "numbered",
                arguments: ByteBuffer(string: "\(number),\"\(room.name)\",0")
            )
        }
    }

    /// Brings a session to the present of its rooms, as an application does.
    private func welcome(_ welcome: SessionWelcome, whenDone: @escaping @Sendable (Bool) -> Void) {
        let rooms = welcome.session.rooms.filter { TestNodes.rooms.contains($0) }
        guard !rooms.isEmpty else { return whenDone(true) }
        guard rooms.count == TestNodes.rooms.count, rooms.allSatisfy({ welcome.session.numbers[$0] != nil }) else {
            return whenDone(false)
        }
        let counter = Counter(TestNodes.rooms.count)
        for (index, room) in TestNodes.rooms.enumerated() {
            self.bring(welcome, to: room, index) { if counter.isLast() { whenDone(true) } }
        }
    }

    private func bring(_ welcome: SessionWelcome, to room: Room, _ index: Int, _ done: @escaping @Sendable () -> Void) {
        self.atHome(index) {
            let number = welcome.session.numbers[room, default: 0]
            let delivered = self.delivered.withLock { $0[room, default: 0] }
            // What it has been sent elsewhere may have yet to come here.
            guard delivered >= number else { return self.bring(welcome, to: room, index, done) }
            self.fixture.main.onRecoveryShard {
                for missed in number + 1..<max(delivered, number) + 1 {
                    _ = welcome.give("numbered", arguments: ByteBuffer(string: "\(missed),\"\(room.name)\",0"))
                }
                welcome.joined(room)
                done()
            }
        }
    }

    // MARK: Sessions of others

    func take(
        _ pid: PrivateSessionID,
        after offset: String?,
        for name: LogName,
        whenDone: @escaping @Sendable (MovedSession?) -> Void
    ) {
        let (owner, isAlive) = self.nodes.owner(of: pid)
        guard let owner, owner.name != name else { return whenDone(nil) }
        if isAlive {
            owner.fixture.main.withdrawSession(pid, after: offset) { session in
                let bytes = session?.encoded
                self.fixture.main.onRecoveryShard {
                    let isMine = self.isAlive && bytes != nil && self.nodes.move(pid, from: owner.name, to: name)
                    whenDone(isMine ? bytes.flatMap { MovedSession(decoding: $0) } : nil)
                }
            }
        } else {
            let now = self.nodes.loop.now
            let retired = RetiredRecoveryLog(
                owner.journal.records.entries,
                options: .init(),
                now: now,
                nanosecondsSince1970: Int64(now.uptimeNanoseconds),
                numbering: TestNodes.numbering
            )
            let found = retired?.find(pid, after: offset, now: now)
            guard let found, self.nodes.move(pid, from: owner.name, to: name) else { return whenDone(nil) }
            let noted = owner.journal.noted.withLock { $0 }
            whenDone(found.moved(noted: noted.numbers, at: noted.offset))
        }
    }

    func ended(_ pid: PrivateSessionID, in name: LogName) { _ = self.nodes.move(pid, from: name, to: nil) }

    func keep(_ homes: Set<LogName>) {}
}

/// A journal that others read when its server is dead.
final class TestSharedJournal: SharedRecoveryJournal {
    let name: LogName
    let records = TestRecoveryJournal()
    let noted = Mutex<(numbers: [Room: Int], offset: RecoveryOffset?)>(([:], nil))

    init(name: LogName) {
        self.name = name
    }

    func gather(_ whenDone: @escaping @Sendable () -> Void) { self.records.gather(whenDone) }
    func append(_ batch: JournalBatch, whenDone: @escaping @Sendable (Bool) -> Void) {
        self.records.append(batch, whenDone: whenDone)
    }
    func note(_ numbers: [Room: Int]) { self.noted.withLock { $0.numbers.merge(numbers) { $1 } } }
    func forget(_ rooms: [Room]) { self.noted.withLock { noted in for room in rooms { noted.numbers[room] = nil } } }
    func numbersAreNoted(at offset: RecoveryOffset?) { self.noted.withLock { $0.offset = offset } }
}

/// Breaks the circle between a node and what it is made with.
private final class WeakNode: RecoveryPeers, Sendable {
    let node = Mutex<TestNode?>(nil)

    func take(
        _ pid: PrivateSessionID,
        after offset: String?,
        for name: LogName,
        whenDone: @escaping @Sendable (MovedSession?) -> Void
    ) {
        guard let node = self.node.withLock({ $0 }) else { return whenDone(nil) }
        node.take(pid, after: offset, for: name, whenDone: whenDone)
    }
    func ended(_ pid: PrivateSessionID, in name: LogName) { self.node.withLock { $0 }?.ended(pid, in: name) }
    func keep(_ homes: Set<LogName>) {}
}

private final class Counter: Sendable {
    private let left: Mutex<Int>

    init(_ count: Int) {
        self.left = Mutex(count)
    }

    func isLast() -> Bool {
        self.left.withLock { left in
            left -= 1
            return left == 0
        }
    }
}

extension Fixture {
    /// One of several servers on a loop.
    init(sharing loop: TestLoop, options: ServerOptions) {
        self.loop = loop
        self.server = Server(shards: loop.shards, options: options, logger: Logger(label: "tests"))
    }
}
