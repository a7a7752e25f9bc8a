// Licensed under the MIT licence.

import Chat
import SocketIOTesting
import Testing

/// Random sockets in random rooms over a store that is slow, fails, and fails after it has stored: every member sees every
/// `seq` in order, without gap or repeat, from where it said it had stopped.
@Suite struct RoomHubModelTests {
    @Test("No gap and no repeat, whatever the store does", arguments: 0..<60)
    func model(_ run: Int) throws {
        var world = try HubWorld(seed: .random(in: 0 ... .max), faulty: run % 3)
        for _ in 0..<1500 { try world.step() }
        try world.finish()
    }
}

/// A shell around a hub, as thin as can be, and what its sockets see.
private struct HubWorld {
    private enum Answer {
        case open(RoomOpening)
        case read(RoomReading)
        case append(RoomID)
    }

    /// One socket in one room.
    private struct Seat {
        /// Joins asked for and not answered.
        var pending: Set<Int> = []
        /// Whether it gets what the room gets.
        var isLive = false
        /// The last `seq` it was given; nil before it was let in.
        var position: Int?
        /// Where its latest join asked to begin.
        var after: Int?
    }

    private static let sockets = 8

    private var hub: RoomHub<Int, Int>
    private let store = AsyncStore<Answer>()
    private var generator: SeededGenerator
    private let rooms: [RoomID]
    private let users: [ChatUser]
    /// By room and socket.
    private var seats: [RoomID: [Int: Seat]] = [:]
    /// Where each socket stopped in each room, for when it comes back.
    private var memory: [RoomID: [Int: Int]] = [:]
    private var lastReply = 0
    private var answered: Set<Int> = []
    private var lastMessage = 0

    init(seed: UInt64, faulty: Int) throws {
        var limits = ChatLimits()
        limits.replayPageMessages = 3
        limits.replayTailMessages = 4
        self.hub = RoomHub(limits: limits)
        self.generator = SeededGenerator(seed: seed)
        self.rooms = try ["r1", "r2"].map { try RoomID($0) }
        self.users = try (0..<4).map { try user("u\($0)") }
        self.store.faults = [.init(), .init(notDone: 5), .init(notDone: 10, unknown: 10)][faulty]
    }

    private var seed: Comment { "seed \(self.generator.seed)" }

    mutating func step() throws {
        let socket = Int.random(in: 0..<Self.sockets, using: &self.generator)
        let room = self.rooms[Int.random(in: 0..<self.rooms.count, using: &self.generator)]
        switch Int.random(in: 0..<12, using: &self.generator) {
        case 0: self.join(socket, room)
        case 1: self.leave(socket, room)
        case 2...4: try self.send(socket, room)
        case 5: self.act(self.hub.retry())
        default: self.answer()
        }
    }

    /// The store is well again: everything comes to rest, everybody has everything, and then everybody leaves.
    mutating func finish() throws {
        self.store.faults = .init()
        while !self.store.isIdle || self.hub.timelines.needsRetry {
            self.act(self.hub.retry())
            self.answer()
        }
        // A message shows whatever was stored without anybody being told.
        for room in self.rooms { try self.send(0, room) }
        while !self.store.isIdle { self.answer() }
        for (room, seats) in self.seats {
            for (socket, seat) in seats {
                #expect(seat.pending.isEmpty, self.seed)
                #expect(seat.isLive, self.seed)
                #expect(seat.position == self.store.lastSequence(of: room), "socket \(socket), \(self.seed)")
            }
            #expect(self.hub.memberCount(of: room) == seats.count, self.seed)
            #expect(self.hub.users(in: room) == Set(seats.keys.map { self.owner(of: $0).id }).sorted(), self.seed)
        }
        #expect(self.answered == Set(0..<self.lastReply), "each join is answered once, \(self.seed)")
        for room in self.rooms { for socket in 0..<Self.sockets { self.leave(socket, room) } }
        #expect(self.hub.roomCount == 0, self.seed)
        #expect(self.rooms.allSatisfy { self.hub.timelines.floor(of: $0) == 0 }, self.seed)
    }

    private func owner(of socket: Int) -> ChatUser { self.users[socket % self.users.count] }

    // MARK: What sockets do

    private mutating func join(_ socket: Int, _ room: RoomID) {
        var seat = self.seats[room]?[socket] ?? Seat()
        let stopped = seat.position ?? self.memory[room]?[socket]
        // Somebody who was here before comes back for what was missed, or asks for everything, or for nothing.
        let after: Int? =
            switch Int.random(in: 0..<4, using: &self.generator) {
            case 0: nil
            case 1: 0
            default: stopped
            }
        let reply = self.lastReply
        self.lastReply += 1
        seat.pending.insert(reply)
        seat.after = after
        self.seats[room, default: [:]][socket] = seat
        self.act(self.hub.join(socket, as: self.owner(of: socket), room, after: after, reply: reply))
    }

    private mutating func leave(_ socket: Int, _ room: RoomID) {
        let seat = self.seats[room]?[socket]
        let actions = self.hub.leave(socket, room)
        #expect((actions == nil) == (seat == nil), self.seed)
        if let position = seat?.position { self.memory[room, default: [:]][socket] = position }
        self.act(actions ?? [])
        self.seats[room]?[socket] = nil
    }

    private mutating func send(_ socket: Int, _ room: RoomID) throws {
        self.lastMessage += 1
        let isRepeat = Int.random(in: 0..<4, using: &self.generator) == 0
        let number = isRepeat ? Int.random(in: 1...self.lastMessage, using: &self.generator) : self.lastMessage
        let sent = try message(
            id: "m\(self.lastMessage)",
            in: room,
            from: self.owner(of: socket),
            clientID: number.isMultiple(of: 2) ? "c\(number)" : nil
        )
        self.store.call(room, .append(sent, floor: self.hub.timelines.floor(of: room)), .append(room))
    }

    // MARK: What the shell does

    private mutating func answer() {
        guard let (answer, result) = self.store.step(using: &self.generator) else { return }
        switch (answer, result) {
        case (.open(let opening), .lastSequence(let result)):
            self.act(self.hub.opened(opening, result))
        case (.read(let reading), .page(let result)):
            self.act(self.hub.read(reading, result))
        case (.append(let room), .appended(.success(let outcome))):
            switch self.hub.timelines.appended(outcome, to: room) {
            case .deliver(let message): self.deliver([message], room)
            case .read(let reading): self.act([.read(reading)])
            case .nothing: break
            }
        case (.append, .appended(.failure)):
            break
        default:
            Issue.record("an answer to another question")
        }
    }

    private mutating func act(_ actions: [RoomHubAction<Int, Int>]) {
        for action in actions {
            switch action {
            case .open(let opening): self.store.call(opening.room, .lastSequence, .open(opening))
            case .read(let reading): self.store.call(reading.room, .read(reading.query), .read(reading))
            case .deliver(let room, let messages): self.deliver(messages, room)
            case .suspend(let socket, let room): self.seats[room]?[socket]?.isLive = false
            case .replay(let progress, let reply): self.give(progress, reply)
            case .joined(let progress, let reply, let last, let users): self.letIn(progress, reply, last, users)
            case .joinFailed(let socket, let room, let reply, _):
                #expect(self.answered.insert(reply).inserted, self.seed)
                // After UNAVAILABLE the socket is not in the room; after a leave it is gone anyway.
                if let position = self.seats[room]?[socket]?.position {
                    self.memory[room, default: [:]][socket] = position
                }
                self.seats[room]?[socket] = nil
            case .userJoined, .userLeft: break
            }
        }
    }

    private mutating func deliver(_ messages: [StoredMessage], _ room: RoomID) {
        for (socket, seat) in self.seats[room] ?? [:] where seat.isLive {
            var position = seat.position
            for message in messages {
                #expect(position.map { $0 + 1 } == message.seq, "socket \(socket), \(self.seed)")
                position = message.seq
            }
            self.seats[room]?[socket]?.position = position
        }
    }

    /// Part of a replay: begins where the join asked, and goes on without a gap.
    private mutating func give(_ progress: JoinProgress<Int>, _ reply: Int) {
        let (socket, room) = (progress.member, progress.room)
        guard self.seats[room]?[socket] != nil else {
            Issue.record("a replay to a socket that is not there, \(self.seed)")
            return
        }
        if progress.messages.isEmpty { return }
        if self.replaying[reply] == nil { self.replaying[reply] = progress.messages[0].seq - 1 }
        for message in progress.messages {
            #expect(self.replaying[reply].map { $0 + 1 } == message.seq, "socket \(socket), \(self.seed)")
            self.replaying[reply] = message.seq
        }
    }

    private var replaying: [Int: Int] = [:]

    private mutating func letIn(_ progress: JoinProgress<Int>, _ reply: Int, _ last: Int, _ users: [UserID]) {
        let (socket, room) = (progress.member, progress.room)
        #expect(self.answered.insert(reply).inserted, self.seed)
        self.give(progress, reply)
        if let end = self.replaying.removeValue(forKey: reply) { #expect(end == last, self.seed) }
        #expect(users == self.hub.users(in: room) && users.contains(self.owner(of: socket).id), self.seed)
        if let told = progress.users { #expect(told == users, self.seed) }
        self.seats[room]?[socket]?.pending.remove(reply)
        // As in the session: only the answer to the latest join lets the socket in.
        guard self.seats[room]?[socket]?.pending.isEmpty == true else { return }
        self.seats[room]?[socket]?.isLive = true
        self.seats[room]?[socket]?.position = last
    }
}
