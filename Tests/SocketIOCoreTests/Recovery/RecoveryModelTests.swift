// Licensed under the MIT licence.

import NIOCore
import SocketIOCore
import SocketIOTesting
import Testing

/// Clients that come and go while events are sent, against the plainest account of what each is due.
///
/// The account notes, when an event is sent, who is in its rooms then, whether their client is there or away. What a client handles
/// must be just that, in that order, at every moment: no gap, no repeat.
@Suite struct RecoveryModelTests {
    @Test("Whatever happens, clients that are restored get all they are due, once, in order", arguments: 0..<60)
    func exact(seed: UInt64) {
        var world = RecoveryWorld(seed: seed, options: ConnectionStateRecovery(), hasRoom: true)
        for _ in 0..<1_500 { world.step() }
        world.settle()
        #expect(world.faults == [], "seed \(seed)")
        #expect(world.restorations > 20, "seed \(seed)")
        #expect(world.replayed > 20, "seed \(seed)")
    }

    @Test("A log that is too small turns clients away rather than serving them badly", arguments: 0..<40)
    func bounded(seed: UInt64) {
        let options = ConnectionStateRecovery(
            maximumEvents: 15,
            maximumSessions: 5,
            maximumReplayBytes: 6_000,
            maximumRoomChanges: 4
        )
        var world = RecoveryWorld(seed: seed, options: options, hasRoom: false)
        for _ in 0..<1_500 { world.step() }
        world.settle()
        #expect(world.faults == [], "seed \(seed)")
        #expect(world.restorations > 3, "seed \(seed)")
    }
}

/// One namespace, its log, its sockets and their clients.
private struct RecoveryWorld {
    private(set) var faults: [String] = []
    private(set) var restorations = 0
    private(set) var replayed = 0

    private static let window: TimeAmount = .seconds(70)
    private static let rooms: [Room] = ["a", "b", "c", "d"]
    private var random: SeededGenerator
    private let options: ConnectionStateRecovery
    private let hasRoom: Bool
    private let log: InMemoryRecoveryLog
    private var now = NIODeadline.uptimeNanoseconds(0) + .hours(1)
    private var clients: [ModelClient]
    private var nextEvent = 1
    private var nextID: UInt64 = 0

    init(seed: UInt64, options: ConnectionStateRecovery, hasRoom: Bool) {
        self.random = SeededGenerator(seed: seed)
        self.options = options
        self.hasRoom = hasRoom
        self.log = InMemoryRecoveryLog(options: options, receiptWindow: Self.window, epoch: UInt32(seed) + 1)
        self.clients = (0..<8).map { _ in ModelClient() }
    }

    private mutating func chance(_ one: Int) -> Bool { Int.random(in: 0..<one, using: &self.random) == 0 }

    private mutating func pick<T>(_ items: [T]) -> T { items[Int.random(in: 0..<items.count, using: &self.random)] }

    mutating func step() {
        self.now = self.now + .milliseconds(.random(in: 0...900, using: &self.random))
        // Now and then all is quiet for a long time.
        if self.chance(150) { self.pass(.seconds(.random(in: 10...300, using: &self.random))) }
        let index = Int.random(in: 0..<self.clients.count, using: &self.random)
        switch Int.random(in: 0..<20, using: &self.random) {
        case 0..<5: self.broadcast()
        case 5: self.sendVolatile()
        case 6..<9: self.changeRoom(index)
        case 9..<14: self.clients[index].hear(.random(in: 0...8, using: &self.random), &self.faults)
        case 14..<16: if self.clients[index].isOnline { self.cut(index) }
        default: if !self.clients[index].isOnline { self.comeBack(index) }
        }
        self.heartbeat()
    }

    /// At the end everybody comes back and hears everything.
    mutating func settle() {
        for index in self.clients.indices {
            while !self.clients[index].isOnline { self.comeBack(index) }
            self.clients[index].hear(.max, &self.faults)
            if self.clients[index].handled != self.clients[index].due { self.faults.append("a gap at the end") }
        }
    }

    private mutating func pass(_ time: TimeAmount) {
        for index in self.clients.indices { self.clients[index].hear(.max, &self.faults) }
        self.now = self.now + time
        for index in self.clients.indices where !self.clients[index].isOnline {
            // Longer than a client may be away: it begins anew, which is no fault.
            if self.now > self.clients[index].awaySince + .seconds(100) { self.clients[index].forget() }
        }
    }

    /// The heartbeat sees to it that nothing is on its way for longer than the window says.
    private mutating func heartbeat() {
        for index in self.clients.indices {
            self.clients[index].hear(sentBefore: self.now - Self.window + ReceiptClock.reserve, &self.faults)
        }
    }

    private mutating func broadcast() {
        var target = BroadcastTarget()
        for _ in 0..<Int.random(in: 0...2, using: &self.random) { target.rooms.append(self.pick(Self.rooms)) }
        if self.chance(4) { target.except.append(self.pick(Self.rooms)) }
        if self.chance(6) { target.exceptSocket = self.pick(self.clients).sid }
        if self.chance(6) { target.rooms = [Room(self.pick(self.clients).sid)] }
        let number = self.nextEvent
        self.nextEvent += 1
        let event = RecoverableEvent(name: "\(number)", arguments: ByteBuffer(), target: target)
        for index in self.clients.indices where self.clients[index].matches(target) {
            self.clients[index].due.append(number)
            self.clients[index].dueTimes.append(self.now)
        }
        let before = self.log.current.position
        self.log.append(event, now: self.now) { _ in }
        let offset = self.log.current
        assert(offset.position == before + 1)
        for index in self.clients.indices where self.clients[index].isOnline && self.clients[index].matches(target) {
            self.clients[index].wire.append(.init(time: self.now, packet: .event(number, offset.encoded)))
        }
    }

    /// A volatile event whose last argument is a string.
    private mutating func sendVolatile() {
        let offset = self.log.current.encoded
        for index in self.clients.indices where self.clients[index].isOnline && !self.chance(3) {
            self.clients[index].wire.append(.init(time: self.now, packet: .volatile(offset)))
        }
    }

    private mutating func changeRoom(_ index: Int) {
        guard self.clients[index].isOnline, let clock = self.clients[index].clock else { return }
        let room = self.pick(Self.rooms)
        let isJoin = !self.clients[index].rooms.contains(room)
        if isJoin { self.clients[index].rooms.insert(room) } else { self.clients[index].rooms.remove(room) }
        self.clients[index].changes.note(
            .init(room: room, isJoin: isJoin, position: self.log.current.position, time: self.now),
            receivedBefore: clock.receivedBefore(now: self.now),
            maximumCount: self.options.maximumRoomChanges
        )
    }

    private mutating func cut(_ index: Int) {
        guard let clock = self.clients[index].clock, var session = self.clients[index].session else { return }
        session.history = RoomHistory(
            rooms: Array(self.clients[index].rooms),
            changes: self.clients[index].changes
        )
        session.disconnectedAt = self.now
        session.receivedBefore = clock.receivedBefore(now: self.now)
        self.log.save(session, now: self.now)
        self.clients[index].isOnline = false
        self.clients[index].awaySince = self.now
        self.clients[index].wire = []
    }

    private mutating func comeBack(_ index: Int) {
        guard let pid = self.clients[index].session?.pid, let session = self.take(pid) else {
            return self.beginAnew(index)
        }
        switch self.missedEvents(of: session, after: self.clients[index].offset) {
        case .incomplete:
            // With room for everything only age may cost an event: of a client that was cut off again and again without
            // having come to its events, for longer than it may be away.
            let age = self.clients[index].oldestUnhandled.map { self.now - $0 } ?? .zero
            if self.hasRoom, age < .seconds(120) { self.faults.append("refused without need") }
            self.beginAnew(index)
        case .held:
            // It is let in without a replay and cut off again, so that it handles what it holds and says how far it has come.
            self.clients[index].connected()
            var session = session
            session.replay?.mayBeHeld = false
            self.log.save(session, now: self.now)
        case .complete(let events, let start, let current):
            self.restorations += 1
            self.replayed += events.count
            var session = session
            session.restored(from: start, replay: events, current: current.position, now: self.now)
            let clock = ReceiptClock(window: Self.window, now: self.now, receivedBefore: session.receivedBefore)
            self.clients[index].restored(session, clock)
            for logged in events {
                let packet = ModelClient.Packet.event(Int(logged.event.name) ?? 0, logged.offset.encoded)
                self.clients[index].wire.append(.init(time: self.now, packet: packet))
            }
            self.clients[index].wire.append(.init(time: self.now, packet: .connected))
        }
    }

    private mutating func beginAnew(_ index: Int) {
        self.nextID += 1
        let session = RecoverySession(
            pid: PrivateSessionID(random: (self.nextID, 0)),
            sid: "socket \(self.nextID)",
            history: RoomHistory(rooms: []),
            settledThrough: self.log.current.position,
            disconnectedAt: self.now,
            receivedBefore: self.now
        )
        self.clients[index].began(session, ReceiptClock(window: Self.window, now: self.now))
    }

    // The in-memory log answers at once.

    private func take(_ pid: PrivateSessionID) -> RecoverySession? {
        nonisolated(unsafe) var answer: RecoverySession?
        self.log.take(pid, now: self.now) { answer = $0 }
        return answer
    }

    private func missedEvents(of session: RecoverySession, after offset: String?) -> MissedEvents {
        nonisolated(unsafe) var answer = MissedEvents.incomplete
        self.log.missedEvents(of: session, after: offset, now: self.now) { answer = $0 }
        return answer
    }
}

/// A browser client 4.8 and the server's socket for it.
private struct ModelClient {
    enum Packet {
        case event(Int, String)
        case volatile(String)
        case connected
    }

    struct Sent {
        let time: NIODeadline
        let packet: Packet
    }

    // The server's side.
    var isOnline = false
    var awaySince = NIODeadline.uptimeNanoseconds(0)
    var session: RecoverySession?
    var clock: ReceiptClock?
    var rooms: Set<Room> = []
    var changes = RoomChanges()
    var wire: [Sent] = []
    /// The account.
    var due: [Int] = []
    var dueTimes: [NIODeadline] = []

    // The client's side.
    private var isConnected = false
    private(set) var offset: String?
    private(set) var handled: [Int] = []
    private var aside: [Packet] = []

    /// When the first event was sent that the client has yet to handle.
    var oldestUnhandled: NIODeadline? {
        self.handled.count < self.dueTimes.count ? self.dueTimes[self.handled.count] : nil
    }

    var sid: String { self.session?.sid ?? "nobody" }

    func matches(_ target: BroadcastTarget) -> Bool {
        guard self.session != nil, target.exceptSocket != self.sid else { return false }
        let rooms = self.rooms.union([Room(self.sid)])
        return (target.rooms.isEmpty || !rooms.isDisjoint(with: target.rooms)) && rooms.isDisjoint(with: target.except)
    }

    mutating func began(_ session: RecoverySession, _ clock: ReceiptClock) {
        // A new session owes nothing of the old one, and the application knows that it is new.
        (self.session, self.clock, self.isOnline) = (session, clock, true)
        (self.rooms, self.changes, self.wire) = ([], RoomChanges(), [])
        self.connected()
        (self.due, self.dueTimes, self.handled) = ([], [], [])
    }

    mutating func restored(_ session: RecoverySession, _ clock: ReceiptClock) {
        (self.session, self.clock, self.isOnline) = (session, clock, true)
        self.isConnected = false
        self.changes = session.history.changes
        self.rooms = Set(session.history.rooms)
        self.wire = []
    }

    mutating func forget() {
        self.session = nil
        (self.rooms, self.due, self.dueTimes, self.handled) = ([], [], [], [])
    }

    mutating func hear(_ count: Int, _ faults: inout [String]) {
        for sent in self.wire.prefix(count) { self.receive(sent.packet, &faults) }
        self.wire.removeFirst(min(count, self.wire.count))
    }

    mutating func hear(sentBefore time: NIODeadline, _ faults: inout [String]) {
        self.hear(self.wire.firstIndex { $0.time >= time } ?? self.wire.count, &faults)
    }

    private mutating func receive(_ packet: Packet, _ faults: inout [String]) {
        if case .connected = packet {
            self.connected()
            return self.check(&faults)
        }
        guard self.isConnected else { return self.aside.append(packet) }
        self.handle(packet)
        self.check(&faults)
    }

    private func check(_ faults: inout [String]) {
        let place = self.handled.count
        guard faults.count < 3, place > 0 else { return }
        guard place > self.due.count || self.handled[place - 1] != self.due[place - 1] else { return }
        faults.append("handled \(self.handled.suffix(5)), was due \(self.due.prefix(place).suffix(5))")
    }

    /// The answer to CONNECT has come.
    mutating func connected() {
        self.isConnected = true
        let aside = self.aside
        self.aside = []
        for packet in aside { self.handle(packet) }
    }

    private mutating func handle(_ packet: Packet) {
        switch packet {
        case .event(let number, let offset):
            self.handled.append(number)
            self.offset = offset
        case .volatile(let offset): self.offset = offset
        case .connected: break
        }
    }
}
