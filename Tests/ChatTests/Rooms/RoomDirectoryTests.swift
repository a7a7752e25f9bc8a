// Licensed under the MIT licence.

import SocketIOTesting
import Testing

@testable import Chat

@Suite struct RoomDirectoryTests {
    @Test("A user with several sockets comes once and goes once")
    func devices() throws {
        var directory = RoomDirectory<String>()
        let (ann, ben, lobby) = (try user("ann"), try user("ben"), try room())
        #expect(directory.join("phone", as: ann, lobby) == .first)
        #expect(directory.join("laptop", as: ann, lobby) == .further)
        #expect(directory.join("phone", as: ann, lobby) == .known)
        #expect(directory.join("desk", as: ben, lobby) == .first)
        #expect(directory.users(in: lobby) == [ann.id, ben.id])
        #expect(directory.memberCount(of: lobby) == 3)
        #expect(
            directory.leave("phone", lobby) == .init(user: ann, wasLastHere: false, wasLast: false, roomEnded: false)
        )
        #expect(directory.leave("phone", lobby) == nil)
        #expect(
            directory.leave("laptop", lobby) == .init(user: ann, wasLastHere: true, wasLast: true, roomEnded: false)
        )
        #expect(directory.users(in: lobby) == [ben.id])
        #expect(directory.leave("desk", lobby) == .init(user: ben, wasLastHere: true, wasLast: true, roomEnded: true))
        #expect(directory.count == 0)
        #expect(directory.users(in: lobby) == [])
        #expect(directory.leave("desk", lobby) == nil)
    }

    @Test("Who leaves is named as that socket was")
    func names() throws {
        var directory = RoomDirectory<String>()
        _ = directory.join("phone", as: try user("ann", "Ann"), try room())
        _ = directory.join("laptop", as: try user("ann", "Annie"), try room())
        #expect(directory.leave("phone", try room())?.user.name.string == "Ann")
        #expect(directory.leave("laptop", try room())?.user.name.string == "Annie")
    }

    @Test("Users are sorted by their bytes")
    func sorted() throws {
        var directory = RoomDirectory<Int>()
        let names = ["b", "a", "Z", "a10", "é", "a2", "😀", "~", "～"]
        for (index, name) in names.enumerated() { _ = directory.join(index, as: try user(name), try room()) }
        #expect(directory.users(in: try room()).map(\.string) == ["Z", "a", "a10", "a2", "b", "~", "é", "～", "😀"])
    }

    @Test("Any order of joins and leaves agrees with a naive model", arguments: 0..<20)
    func model(_ run: Int) throws {
        var generator = SeededGenerator()
        var directory = RoomDirectory<Int>()
        var model: [RoomID: [Int: UserID]] = [:]
        let rooms = try (0..<5).map { try room("r\($0)") }
        let users = try (0..<6).map { try user("u\($0)") }
        for _ in 0..<2000 {
            let (member, room) = (Int.random(in: 0..<20, using: &generator), rooms.randomElement(using: &generator)!)
            let user = users[member % users.count]
            let before = model[room, default: [:]]
            if Bool.random(using: &generator) {
                let arrival = directory.join(member, as: user, room)
                let isKnown = before[member] != nil
                #expect(arrival == (isKnown ? .known : before.values.contains(user.id) ? .further : .first))
                model[room, default: [:]][member] = user.id
            } else {
                let departure = directory.leave(member, room)
                model[room]?[member] = nil
                #expect((departure == nil) == (before[member] == nil))
                if let departure {
                    #expect(departure.wasLast == !(model[room] ?? [:]).values.contains(user.id))
                    #expect(departure.roomEnded == (model[room] ?? [:]).isEmpty)
                }
                if model[room]?.isEmpty == true { model[room] = nil }
            }
            #expect(directory.users(in: room) == Set((model[room] ?? [:]).values).sorted(), "seed \(generator.seed)")
            #expect(directory.memberCount(of: room) == (model[room] ?? [:]).count)
            #expect(directory.contains(member, in: room) == (model[room]?[member] != nil))
            #expect(directory.count == model.count)
        }
        for (room, members) in model { for member in members.keys { _ = directory.leave(member, room) } }
        #expect(directory.count == 0, "seed \(generator.seed)")
    }
}
