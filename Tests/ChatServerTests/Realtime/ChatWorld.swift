// Licensed under the MIT licence.

import Chat
import ChatTesting
import EngineIOCore
import NIOCore
import SocketIOTesting
import Testing
import WireJSON

/// Clients that come, go, send and catch up at random, and what they must have been sent.
struct ChatWorld {
    /// What a client knows of a room.
    struct Seat {
        /// The last `seq` it was sent; nil if it has never been in the room.
        var position: Int?
        /// The joins it has asked for, which are answered in this order, by their acknowledgements.
        var joins: [(number: Int, after: Int?)] = []
        var isIn = false
    }

    /// One client, by one connection after the other.
    struct Person {
        let user: String
        let shard: Int
        let revision: ProtocolRevision
        var client: ChatClient
        var seats: [RoomID: Seat] = [:]
        /// How far others have read, by room and user, as it was told.
        var cursors: [String: Int] = [:]
        /// What it has asked and not been answered.
        var asked: [Int: Asked] = [:]
    }

    enum Asked {
        case join(RoomID)
        case leave(RoomID)
        case message(RoomID, clientID: String?)
        case read(RoomID)
    }

    let fixture: ChatFixture
    private let rooms: [RoomID]
    private var generator: SeededGenerator
    private var people: [Person] = []
    private var lastMessage = 0
    /// By room and `seq`.
    private var given: [RoomID: [Int: String]] = [:]
    /// Acknowledged, by room and id.
    private var acknowledged: [RoomID: [String: Int]] = [:]
    private var byClientID: [String: String] = [:]

    init(seed: UInt64, odds: StoreFault.Odds) throws {
        self.generator = SeededGenerator(seed: seed)
        self.fixture = ChatFixture(shards: 3, seed: self.generator.next(), odds: odds) { limits in
            limits.replayPageMessages = 3
            limits.replayTailMessages = 4
        }
        self.rooms = [try self.fixture.room(home: 0), try self.fixture.room(home: 2)]
        for index in 0..<6 {
            let revision: ProtocolRevision = index.isMultiple(of: 3) ? .v3 : .v4
            let client = self.fixture.client("u\(index % 4)", shard: index % 3, revision: revision)
            self.people.append(Person(user: "u\(index % 4)", shard: index % 3, revision: revision, client: client))
        }
    }

    private var seed: Comment { "seed \(self.generator.seed), odds \(self.fixture.store.odds)" }

    mutating func step() throws {
        let index = Int.random(in: self.people.indices, using: &self.generator)
        let room = self.rooms[Int.random(in: self.rooms.indices, using: &self.generator)]
        switch Int.random(in: 0..<21, using: &self.generator) {
        case 0, 1: self.join(index, room)
        case 2: self.leave(index, room)
        case 3...7: self.message(index, room)
        case 8: try self.comeBack(index)
        case 20: self.advance(index, room)
        case 9: self.fixture.loop.advance(by: .seconds(1))
        case 10...12: self.fixture.loop.run()
        default: self.fixture.store.step()
        }
        for index in self.people.indices { try self.read(index) }
    }

    /// The store is well again, and everything comes to rest.
    mutating func finish() throws {
        self.fixture.store.odds = .init()
        repeat {
            self.fixture.settle()
            // For reads that failed and wait to be tried again.
            self.fixture.loop.advance(by: .seconds(2))
        } while !self.fixture.store.isIdle
        for index in self.people.indices { try self.read(index) }
        for room in self.rooms { self.checkContents(of: room) }
        for person in self.people { #expect(person.asked.isEmpty, "each event is answered, \(self.seed)") }
    }

    private func checkContents(of room: RoomID) {
        let contents = self.fixture.store.contents(of: room)
        #expect(contents.map(\.seq) == Array(1..<contents.count + 1), self.seed)
        let ids = contents.map(\.message.id.string)
        for (id, seq) in self.acknowledged[room] ?? [:] {
            #expect(ids.indices.contains(seq - 1) && ids[seq - 1] == id, "acknowledged, \(self.seed)")
        }
        for (seq, id) in self.given[room] ?? [:] {
            #expect(ids.indices.contains(seq - 1) && ids[seq - 1] == id, self.seed)
        }
        for person in self.people {
            guard let seat = person.seats[room], seat.isIn else { continue }
            #expect(seat.position == contents.count, "stored and not sent to \(person.user), \(self.seed)")
        }
    }

    // MARK: What clients do

    private mutating func join(_ index: Int, _ room: RoomID) {
        var seat = self.people[index].seats[room] ?? Seat()
        let after: Int? =
            switch Int.random(in: 0..<4, using: &self.generator) {
            case 0: nil
            case 1: 0
            default: seat.position
            }
        let payload = after.map { #","after":\#($0)"# } ?? ""
        let number = self.people[index].client.send("join", #"{"room_id":"\#(room.string)"\#(payload)}"#)
        self.people[index].asked[number] = .join(room)
        seat.joins.append((number, after))
        self.people[index].seats[room] = seat
    }

    private mutating func leave(_ index: Int, _ room: RoomID) {
        let number = self.people[index].client.send("leave", #"{"room_id":"\#(room.string)"}"#)
        self.people[index].asked[number] = .leave(room)
    }

    private mutating func message(_ index: Int, _ room: RoomID) {
        self.lastMessage += 1
        let isRepeat = Int.random(in: 0..<4, using: &self.generator) == 0
        let number = isRepeat ? Int.random(in: 1...self.lastMessage, using: &self.generator) : self.lastMessage
        let clientID = number.isMultiple(of: 2) ? "c\(number)" : nil
        let extra = clientID.map { #","client_id":"\#($0)""# } ?? ""
        let payload = #"{"room_id":"\#(room.string)","content":"m\#(self.lastMessage)"\#(extra)}"#
        let asked = self.people[index].client.send("message", payload)
        self.people[index].asked[asked] = .message(room, clientID: clientID)
    }

    private mutating func advance(_ index: Int, _ room: RoomID) {
        let seq = Int.random(in: 0..<40, using: &self.generator)
        let asked = self.people[index].client.send("read", #"{"room_id":"\#(room.string)","seq":\#(seq)}"#)
        self.people[index].asked[asked] = .read(room)
    }

    /// The connection breaks and the client comes back by another, without its rooms.
    private mutating func comeBack(_ index: Int) throws {
        try self.read(index)
        var person = self.people[index]
        person.client.client.end()
        person.client = self.fixture.client(person.user, shard: person.shard, revision: person.revision)
        person.asked = [:]
        for room in person.seats.keys {
            person.seats[room]?.isIn = false
            person.seats[room]?.joins = []
        }
        self.people[index] = person
    }

    // MARK: What clients are sent

    private mutating func read(_ index: Int) throws {
        for received in try self.people[index].client.take() {
            switch received {
            case .event("message", let message): try self.given(message, index)
            case .event("read", let cursor):
                let key = "\(cursor.text("room_id")) \(cursor.text("user_id"))"
                #expect(self.people[index].cursors[key, default: 0] < cursor.number("seq"), self.seed)
                self.people[index].cursors[key] = cursor.number("seq")
            case .event: break
            case .acknowledgement(let number, let answer): self.answered(number, answer, index)
            case .other(let text): #expect(text.hasPrefix("0"), self.seed)
            }
        }
    }

    private mutating func given(_ message: JSONValue, _ index: Int) throws {
        let (room, seq) = (try RoomID(message.text("room_id")), message.number("seq"))
        let known = self.given[room, default: [:]].updateValue(message.text("id"), forKey: seq)
        #expect(known == nil || known == message.text("id"), self.seed)
        guard var seat = self.people[index].seats[room], seat.isIn || !seat.joins.isEmpty else {
            Issue.record("a message to \(index), who is out, \(self.seed)")
            return
        }
        if seat.position.map({ $0 + 1 }) != seq {
            // Unless this is where a replay begins that it has asked for.
            #expect(seat.joins.first?.after.map { $0 + 1 } == seq, "gap or repeat for \(index), \(self.seed)")
        }
        seat.position = seq
        self.people[index].seats[room] = seat
    }

    private mutating func answered(_ number: Int, _ answer: JSONValue, _ index: Int) {
        switch self.people[index].asked.removeValue(forKey: number) {
        case nil: Issue.record("an answer that nobody waits for, \(self.seed)")
        case .read?: break
        case .leave(let room)?:
            // Until now it was in; who is refused was not.
            guard answer.isOK else { return }
            self.people[index].seats[room]?.isIn = false
            let earlier = self.people[index].seats[room]?.joins.first { $0.number < number }
            #expect(earlier == nil, "a leave is answered before a join that came first, \(self.seed)")
        case .join(let room)?: self.joined(room, number, answer, index)
        case .message(let room, let clientID)?:
            guard answer.isOK else { return }
            let (id, seq) = (answer.text("message_id"), answer.number("seq"))
            self.acknowledged[room, default: [:]][id] = seq
            guard let clientID else { return }
            let key = "\(room.string) \(self.people[index].user) \(clientID)"
            #expect(self.byClientID[key, default: id] == id, "a client id is one message, \(self.seed)")
            self.byClientID[key] = id
        }
    }

    private mutating func joined(_ room: RoomID, _ number: Int, _ answer: JSONValue, _ index: Int) {
        guard var seat = self.people[index].seats[room], !seat.joins.isEmpty else {
            Issue.record("a join that nobody asked for, \(self.seed)")
            return
        }
        let join = seat.joins.removeFirst()
        #expect(join.number == number, "joins are answered in order, \(self.seed)")
        if answer.isOK {
            let last = answer.number("last_seq")
            #expect(answer.number("unread") == max(0, last - answer.number("last_read_seq")), self.seed)
            let told = self.people[index].cursors["\(room.string) \(self.people[index].user)", default: 0]
            #expect(answer.number("last_read_seq") >= told, "a cursor went back, \(self.seed)")
            // All there is has come, if that was asked for.
            if join.after != nil || seat.isIn { #expect(seat.position ?? join.after == last, self.seed) }
            seat.position = last
        } else {
            #expect(answer.text("code") == "UNAVAILABLE", self.seed)
        }
        // Who was in stays, unless the replay that was asked for could not be given.
        seat.isIn = answer.isOK || seat.isIn && join.after == nil
        self.people[index].seats[room] = seat
    }
}
