// Licensed under the MIT licence.

import Chat
import ChatStores
import ChatTesting
import SocketIOTesting
import Testing

/// Random sockets in random rooms over a store that is slow, fails, and fails after it has stored: every member sees every
/// `seq` in order, without gap or repeat, from where it said it had stopped; what is acknowledged is stored; and what is
/// stored is delivered.
@Suite struct RoomHubModelTests {
    @Test(
        "No gap and no repeat, whatever the store does",
        arguments: [
            StoreFault.Odds(), .init(notDone: 8), .init(lostBefore: 8, lostAfter: 8),
            .init(notDone: 6, lostBefore: 6, lostAfter: 12),
        ]
    )
    func model(_ odds: StoreFault.Odds) throws {
        var seeds = SeededGenerator()
        for _ in 0..<250 {
            var world = try HubWorld(seed: seeds.next(), odds: odds)
            for _ in 0..<150 { try world.step() }
            world.finish()
        }
    }
}

/// A shell around a hub, as thin as can be, and what its sockets see.
private struct HubWorld {
    /// What a store has answered.
    private enum Answer: Sendable {
        case opened(RoomOpening, Result<Int, StoreError>)
        case read(RoomReading, Result<HistoryPage, StoreError>)
        case appended(ChatMessage, Result<AppendOutcome, StoreError>)
        case cursorRead(CursorReading, Result<Int, StoreError>)
        case advanced(ReadCursor, Result<Bool, StoreError>)
    }

    /// One socket in one room.
    private struct Seat {
        /// Joins and leaves asked for and not answered.
        var pending: [Int] = []
        /// Whether the last of all was a leave.
        var isLeaving = false
        /// Whether it gets what the room gets.
        var isLive = false
        /// The last `seq` it was given; nil before it was let in.
        var position: Int?
    }

    /// What a client id stands for.
    private struct ClientKey: Hashable {
        let room: RoomID
        let user: UserID
        let id: ExactText
    }

    private static let sockets = 8

    private var hub: RoomHub<Int, Int>
    private let store: FaultInjectingStore
    private let answers = Mailbox<Answer>()
    private var generator: SeededGenerator
    private let rooms: [RoomID]
    private let users: [ChatUser]
    /// By room and socket.
    private var seats: [RoomID: [Int: Seat]] = [:]
    /// Where each socket stopped in each room, for when it comes back.
    private var memory: [RoomID: [Int: Int]] = [:]
    /// How far each join's replay is.
    private var replaying: [Int: Int] = [:]
    /// What sockets were given, by room and `seq`.
    private var given: [RoomID: [Int: MessageID]] = [:]
    private var receipts: [RoomID: Set<MessageReceipt>] = [:]
    private var receiptsByClientID: [ClientKey: MessageReceipt] = [:]
    /// How far users have read for certain.
    private var cursors: [RoomID: [UserID: Int]] = [:]
    private var lastReply = 0
    private var answered: Set<Int> = []
    /// Which replies are of leaves.
    private var leaves: Set<Int> = []
    private var lastMessage = 0

    init(seed: UInt64, odds: StoreFault.Odds) throws {
        var limits = ChatLimits()
        limits.replayPageMessages = 3
        limits.replayTailMessages = 4
        limits.maximumPendingRequestsPerRoom = 4
        self.hub = RoomHub(limits: limits)
        self.generator = SeededGenerator(seed: seed)
        self.store = FaultInjectingStore(MemoryStore(stripes: 1), seed: self.generator.next(), odds: odds)
        self.rooms = try ["r1", "r2"].map { try RoomID($0) }
        self.users = try (0..<4).map { try user("u\($0)") }
    }

    private var seed: Comment { "seed \(self.generator.seed), odds \(self.store.odds)" }

    /// As an expectation, but quick where there is nothing to say.
    private func check(_ isTrue: Bool, _ fault: @autoclosure () -> String, at place: SourceLocation = #_sourceLocation)
    {
        if !isTrue { Issue.record("\(fault()), \(self.seed)", sourceLocation: place) }
    }

    mutating func step() throws {
        let socket = Int.random(in: 0..<Self.sockets, using: &self.generator)
        let room = self.rooms[Int.random(in: 0..<self.rooms.count, using: &self.generator)]
        switch Int.random(in: 0..<19, using: &self.generator) {
        case 0, 17: self.join(socket, room)
        case 1: self.leave(socket, room)
        case 18: self.askToLeave(socket, room)
        case 16: self.advance(socket, room)
        case 2...4: try self.send(socket, room)
        case 5: self.act(self.hub.retry())
        default: self.stepStore()
        }
    }

    /// The store is well again: everything comes to rest, everybody has everything, and then everybody leaves.
    mutating func finish() {
        self.store.odds = .init()
        while !self.store.isIdle || self.hub.timelines.needsRetry {
            self.act(self.hub.retry())
            self.stepStore()
        }
        for room in self.rooms { self.checkContents(of: room) }
        #expect(self.answered == Set(0..<self.lastReply), "each join is answered once, \(self.seed)")
        for room in self.rooms { for socket in 0..<Self.sockets { self.leave(socket, room) } }
        #expect(self.hub.roomCount == 0, self.seed)
        #expect(self.rooms.allSatisfy { self.hub.timelines.floor(of: $0) == 0 }, self.seed)
    }

    private func checkContents(of room: RoomID) {
        let contents = self.store.contents(of: room)
        #expect(contents.map(\.seq) == Array(1..<contents.count + 1), self.seed)
        let ids = contents.map(\.message.id)
        #expect(Set(ids).count == ids.count, self.seed)
        #expect(self.receipts[room, default: []].isSubset(of: contents.map(\.receipt)), "acknowledged, \(self.seed)")
        for (seq, id) in self.given[room] ?? [:] {
            self.check(ids.indices.contains(seq - 1) && ids[seq - 1] == id, "given and not stored")
        }
        let seats = self.seats[room] ?? [:]
        for (socket, seat) in seats {
            #expect(seat.pending.isEmpty && seat.isLive, self.seed)
            #expect(seat.position == contents.count, "stored and not delivered to socket \(socket), \(self.seed)")
        }
        #expect(self.hub.memberCount(of: room) == seats.count, self.seed)
        #expect(self.hub.users(in: room) == Set(seats.keys.map { self.owner(of: $0).id }).sorted(), self.seed)
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
        seat.pending.append(reply)
        seat.isLeaving = false
        self.seats[room, default: [:]][socket] = seat
        self.replaying[reply] = after
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

    /// As a session does it: whoever is not in, or on the way, is refused there.
    private mutating func askToLeave(_ socket: Int, _ room: RoomID) {
        guard var seat = self.seats[room]?[socket], !seat.isLeaving else { return }
        let reply = self.lastReply
        self.lastReply += 1
        seat.pending.append(reply)
        seat.isLeaving = true
        self.leaves.insert(reply)
        self.seats[room]?[socket] = seat
        self.act(self.hub.leave(socket, room, reply: reply))
    }

    private mutating func left(_ socket: Int, _ room: RoomID, _ reply: Int) {
        self.check(self.answered.insert(reply).inserted, "a leave is answered twice")
        // Gone without a goodbye.
        guard var seat = self.seats[room]?[socket], seat.pending.contains(reply) else { return }
        self.check(seat.pending.first == reply, "a socket's requests are answered in order")
        seat.pending.removeFirst()
        if let position = seat.position { self.memory[room, default: [:]][socket] = position }
        seat.isLive = false
        seat.position = nil
        self.seats[room]?[socket] = seat.pending.isEmpty ? nil : seat
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
        self.store.append(sent, floor: self.hub.timelines.floor(of: room)) { [answers] in
            answers.add(.appended(sent, $0))
        }
    }

    private mutating func advance(_ socket: Int, _ room: RoomID) {
        let cursor = ReadCursor(
            room: room,
            user: self.owner(of: socket).id,
            seq: .random(in: 0..<30, using: &self.generator)
        )
        self.store.advance(cursor) { [answers] in answers.add(.advanced(cursor, $0)) }
    }

    // MARK: What the shell does

    private mutating func stepStore() {
        self.store.step()
        for answer in self.answers.take() {
            switch answer {
            case .opened(let opening, let result): self.act(self.hub.opened(opening, result))
            case .read(let reading, let result): self.act(self.hub.read(reading, result))
            case .cursorRead(let reading, let result): self.act(self.hub.cursorRead(reading, result))
            case .advanced(let cursor, .success):
                self.cursors[cursor.room, default: [:]][cursor.user, default: 0].raise(to: cursor.seq)
                self.hub.advanced(cursor)
            case .advanced(_, .failure): break
            case .appended(let message, .success(let outcome)):
                self.acknowledge(outcome.receipt, message)
                self.carryOut(self.hub.timelines.appended(outcome, to: message.room), message.room)
            case .appended(let message, .failure(let error)):
                self.carryOut(self.hub.timelines.appendFailed(error, to: message.room), message.room)
            }
        }
    }

    private mutating func acknowledge(_ receipt: MessageReceipt, _ message: ChatMessage) {
        self.receipts[message.room, default: []].insert(receipt)
        guard let id = message.clientID else { return }
        let key = ClientKey(room: message.room, user: message.sender.id, id: id)
        let first = self.receiptsByClientID[key, default: receipt]
        self.check(first == receipt, "a client id is two messages")
        self.receiptsByClientID[key] = receipt
    }

    private mutating func carryOut(_ delivery: RoomDelivery, _ room: RoomID) {
        switch delivery {
        case .deliver(let message): self.deliver([message], room)
        case .read(let reading): self.act([.read(reading)])
        case .nothing: break
        }
    }

    private mutating func act(_ actions: [RoomHubAction<Int, Int>]) {
        // Who is in is known as it is behind the last of them.
        let isSettled = !actions.contains {
            switch $0 {
            case .left, .joinFailed: true
            default: false
            }
        }
        for action in actions {
            switch action {
            case .open(let opening):
                self.store.lastSequence(of: opening.room) { [answers] in answers.add(.opened(opening, $0)) }
            case .readCursor(let reading):
                self.store.readCursor(of: reading.user, in: reading.room) { [answers] in
                    answers.add(.cursorRead(reading, $0))
                }
            case .read(let reading):
                self.store.messages(in: reading.room, reading.query, now: time()) { [answers] in
                    answers.add(.read(reading, $0))
                }
            case .deliver(let room, let messages): self.deliver(messages, room)
            case .suspend(let socket, let room): self.seats[room]?[socket]?.isLive = false
            case .replay(let progress, let reply): self.give(progress, reply)
            case .joined(let progress, let reply, let answer): self.letIn(progress, reply, answer, isSettled: isSettled)
            case .left(let socket, let room, let reply): self.left(socket, room, reply)
            case .refused(let socket, let room, let reply, let standing):
                self.refused(socket, room, reply, standing: standing)
            case .joinFailed(let socket, let room, let reply, let error): self.failed(socket, room, reply, error)
            case .joinKept(let socket, let room, let reply, _): self.kept(socket, room, reply)
            case .userJoined, .userLeft: break
            case .close, .enter, .exit, .readRoster: self.check(false, "told other nodes, of which there are none")
            }
        }
    }

    /// Only a replay that could not be given puts out who was in.
    private mutating func kept(_ socket: Int, _ room: RoomID, _ reply: Int) {
        self.check(self.answered.insert(reply).inserted, "a join is answered twice")
        self.check(self.replaying[reply] == nil, "a replay that was asked for is left out")
        guard var seat = self.seats[room]?[socket] else {
            return self.check(false, "kept, and not there")
        }
        self.check(seat.isLive, "kept in the room, and given nothing")
        self.check(seat.pending.first == reply, "a socket's requests are answered in order")
        seat.pending.removeFirst()
        self.seats[room]?[socket] = seat
    }

    private mutating func failed(_ socket: Int, _ room: RoomID, _ reply: Int, _ error: ChatError) {
        let isReplay = self.replaying[reply] != nil
        self.check(self.answered.insert(reply).inserted, "a join is answered twice")
        self.replaying[reply] = nil
        guard var seat = self.seats[room]?[socket], let index = seat.pending.firstIndex(of: reply) else { return }
        // A join that the store fails takes the ones behind it along, and the socket is not in the room.
        self.check(index == 0, "a socket's requests are answered in order")
        if error.code == .unavailable {
            self.check(isReplay || !seat.isLive, "a member is put out that asked for no replay")
        }
        if let position = seat.position { self.memory[room, default: [:]][socket] = position }
        seat.pending.removeFirst()
        seat.isLive = false
        seat.position = nil
        self.seats[room]?[socket] = seat.pending.isEmpty ? nil : seat
    }

    private mutating func refused(_ socket: Int, _ room: RoomID, _ reply: Int, standing: Int) {
        self.check(self.answered.insert(reply).inserted, "a request is answered twice")
        self.replaying[reply] = nil
        guard var seat = self.seats[room]?[socket], seat.pending.last == reply else {
            return self.check(false, "a refusal comes at once")
        }
        seat.pending.removeLast()
        self.check(seat.pending.count >= 4 && seat.pending.last == standing, "what stands is what was asked for before")
        seat.isLeaving = self.leaves.contains(standing)
        self.seats[room]?[socket] = seat
    }

    /// The same `seq` is the same message to all.
    private mutating func note(_ message: StoredMessage, _ room: RoomID) {
        let id = self.given[room, default: [:]].updateValue(message.message.id, forKey: message.seq)
        self.check(id == nil || id == message.message.id, "one seq, two messages")
    }

    private mutating func deliver(_ messages: [StoredMessage], _ room: RoomID) {
        for message in messages { self.note(message, room) }
        for (socket, seat) in self.seats[room] ?? [:] where seat.isLive {
            var position = seat.position
            for message in messages {
                self.check(position.map { $0 + 1 } == message.seq, "socket \(socket)")
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
        for message in progress.messages {
            self.note(message, room)
            self.check(self.replaying[reply].map { $0 + 1 } == message.seq, "socket \(socket)")
            self.replaying[reply] = message.seq
        }
    }

    private mutating func letIn(_ progress: JoinProgress<Int>, _ reply: Int, _ answer: JoinAnswer, isSettled: Bool) {
        let (socket, room) = (progress.member, progress.room)
        let (last, users) = (answer.lastSequence, answer.users)
        let lastRead = self.cursors[room]?[self.owner(of: socket).id] ?? 0
        self.check(answer.lastRead >= lastRead, "a cursor went back")
        #expect(self.answered.insert(reply).inserted, self.seed)
        self.give(progress, reply)
        // A replay ends in the present.
        if let end = self.replaying.removeValue(forKey: reply) { #expect(end == last, self.seed) }
        #expect(users.contains(self.owner(of: socket).id), self.seed)
        if isSettled { #expect(users == self.hub.users(in: room), self.seed) }
        if let told = progress.users { #expect(told == users, self.seed) }
        guard var seat = self.seats[room]?[socket] else { return }
        #expect(seat.pending.first == reply, "a socket's joins are answered in order, \(self.seed)")
        seat.pending.removeFirst()
        if seat.isLive { #expect(seat.position == last, self.seed) }
        seat.isLive = true
        seat.position = last
        self.seats[room]?[socket] = seat
    }
}

extension Int {
    fileprivate mutating func raise(to other: Int) {
        self = Swift.max(self, other)
    }
}
