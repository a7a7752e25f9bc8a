// Licensed under the MIT licence.

import SocketIOCore
import SocketIOTesting
import Testing

/// The index against the plainest one that could be: a set of slots for each room.
@Suite struct RoomIndexModelTests {
    private struct Model {
        var present: Set<UInt32> = []
        var rooms: [Room: Set<UInt32>] = [:]

        mutating func join(_ slot: UInt32, _ room: Room) -> RoomIndex.JoinResult {
            guard self.present.contains(slot) else { return .absent }
            let isNew = self.rooms[room] == nil
            guard self.rooms[room, default: []].insert(slot).inserted else { return .alreadyMember }
            return isNew ? .created : .joined
        }

        mutating func leave(_ slot: UInt32, _ room: Room) -> RoomIndex.LeaveResult {
            guard self.rooms[room]?.remove(slot) != nil else { return .notMember }
            guard self.rooms[room]?.isEmpty == true else { return .left }
            self.rooms[room] = nil
            return .emptied
        }

        mutating func leaveAll(_ slot: UInt32) -> Set<Room> {
            Set(self.rooms.keys.filter { self.leave(slot, $0) == .emptied })
        }

        func members(of rooms: [Room], except: [Room], exceptSlot: UInt32?) -> Set<UInt32> {
            var members = rooms.isEmpty ? self.present : []
            for room in rooms { members.formUnion(self.rooms[room] ?? []) }
            for room in except { members.subtract(self.rooms[room] ?? []) }
            if let exceptSlot { members.remove(exceptSlot) }
            return members
        }
    }

    @Test("Random operations have the same results as on the model", arguments: 0..<40 as Range<UInt64>)
    func sameAsModel(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var index = RoomIndex()
        var model = Model()
        var selected: [UInt32] = []
        // Few slots and rooms meet often; every third seed has enough rooms to make crowds of memberships.
        let slots = UInt32.random(in: 1...40, using: &random)
        let roomCount = seed.isMultiple(of: 3) ? 150 : Int.random(in: 1...12, using: &random)
        let names = (0..<roomCount).map { Room("room \($0 / 2)", realm: UInt8($0 % 2)) }
        let joinBias = Int.random(in: 2...12, using: &random)
        for _ in 0..<3_000 {
            let slot = UInt32.random(in: 0..<slots, using: &random)
            let room = names[Int.random(in: 0..<names.count, using: &random)]
            switch Int.random(in: 0..<(12 + joinBias), using: &random) {
            case 0: #expect(index.add(slot) == model.present.insert(slot).inserted)
            case 1 where Int.random(in: 0..<4, using: &random) == 0:
                #expect(Set(index.remove(slot)) == model.leaveAll(slot))
                model.present.remove(slot)
            case 2 where Int.random(in: 0..<4, using: &random) == 0:
                #expect(Set(index.leaveAll(slot)) == model.leaveAll(slot))
            case 3..<6: #expect(index.leave(slot, room) == model.leave(slot, room))
            case 6:
                let rooms = (0..<Int.random(in: 0..<4, using: &random)).map { _ in
                    names[Int.random(in: 0..<names.count, using: &random)]
                }
                let except = (0..<Int.random(in: 0..<3, using: &random)).map { _ in
                    names[Int.random(in: 0..<names.count, using: &random)]
                }
                let exceptSlot = Bool.random(using: &random) ? slot : nil
                index.members(of: rooms, except: except, exceptSlot: exceptSlot, into: &selected)
                let expected = model.members(of: rooms, except: except, exceptSlot: exceptSlot)
                #expect(selected.count == expected.count)
                #expect(Set(selected) == expected)
            default: #expect(index.join(slot, room) == model.join(slot, room))
            }
            let members = model.rooms[room] ?? []
            let counts = [index.slotCount, index.roomCount, index.memberCount(of: room)]
            #expect(counts == [model.present.count, model.rooms.count, members.count])
            #expect(index.contains(slot, in: room) == members.contains(slot))
        }
        self.compare(index, model, slots: slots)
        for slot in 0..<slots { index.remove(slot) }
        #expect(index.slotCount == 0)
        #expect(index.roomCount == 0)
    }

    private func compare(_ index: RoomIndex, _ model: Model, slots: UInt32) {
        #expect(index.withAllMembers { Set($0) } == model.present)
        #expect(Set(index.rooms) == Set(model.rooms.keys))
        for (room, members) in model.rooms {
            #expect(index.withMembers(of: room) { $0.sorted() } == members.sorted())
        }
        for slot in 0..<slots {
            let rooms = model.rooms.filter { $0.value.contains(slot) }.keys
            #expect(index.rooms(of: slot).count == rooms.count)
            #expect(Set(index.rooms(of: slot)) == Set(rooms))
            #expect(index.roomCount(of: slot) == rooms.count)
            #expect(index.contains(slot) == model.present.contains(slot))
        }
    }
}
