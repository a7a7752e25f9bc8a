// Licensed under the MIT licence.

import SocketIOCore
import Testing

@Suite struct RoomIndexTests {
    private func index(slots: UInt32) -> RoomIndex {
        var index = RoomIndex()
        for slot in 0..<slots { index.add(slot) }
        return index
    }

    private func members(_ index: RoomIndex, _ room: Room) -> [UInt32] {
        index.withMembers(of: room) { $0.sorted() }
    }

    @Test("Joining says whether the room is new, leaving whether it is gone")
    func results() {
        var index = self.index(slots: 2)
        #expect(index.join(0, "a") == .created)
        #expect(index.join(0, "a") == .alreadyMember)
        #expect(index.join(1, "a") == .joined)
        #expect(index.leave(0, "a") == .left)
        #expect(index.leave(0, "a") == .notMember)
        #expect(index.leave(0, "b") == .notMember)
        #expect(index.leave(7, "a") == .notMember)
        #expect(index.leave(1, "a") == .emptied)
        #expect(index.roomCount == 0)
        #expect(index.join(1, "a") == .created)
    }

    @Test("A join after the socket left the namespace does nothing")
    func joinAfterDisconnect() {
        var index = self.index(slots: 1)
        #expect(index.remove(0).isEmpty)
        #expect(index.join(0, "a") == .absent)
        #expect(index.join(9, "a") == .absent)
        #expect(index.roomCount == 0)
        #expect(index.slotCount == 0)
        #expect(!index.contains(0))
    }

    @Test("A slot that is used again is in no room")
    func slotUsedAgain() {
        var index = self.index(slots: 2)
        index.join(0, "a")
        index.join(1, "a")
        #expect(index.remove(0).isEmpty)
        #expect(index.add(0) == true)
        #expect(index.rooms(of: 0).isEmpty)
        #expect(members(index, "a") == [1])
    }

    @Test("Adding a present slot changes nothing")
    func addedTwice() {
        var index = self.index(slots: 1)
        index.join(0, "a")
        #expect(index.add(0) == false)
        #expect(index.slotCount == 1)
        #expect(index.contains(0, in: "a"))
    }

    @Test("Leaving all rooms tells which are gone, and the slot stays")
    func leaveAll() {
        var index = self.index(slots: 2)
        for room in ["a", "b", "c"] as [Room] { index.join(0, room) }
        index.join(1, "b")
        #expect(Set(index.leaveAll(0)) == ["a", "c"])
        #expect(index.leaveAll(0).isEmpty)
        #expect(index.contains(0))
        #expect(index.roomCount(of: 0) == 0)
        #expect(Array(index.rooms) == ["b"])
    }

    @Test("Removing a slot empties its rooms")
    func remove() {
        var index = self.index(slots: 3)
        index.join(0, "a")
        index.join(0, "b")
        index.join(2, "b")
        #expect(index.remove(0) == ["a"])
        #expect(index.remove(0).isEmpty)
        #expect(members(index, "b") == [2])
        #expect(index.withAllMembers { $0.sorted() } == [1, 2])
        #expect(index.rooms(of: 2) == ["b"])
    }

    @Test("Any member can leave: first, last, middle", arguments: 0..<5 as Range<UInt32>)
    func leaveOne(_ slot: UInt32) {
        var index = self.index(slots: 5)
        for slot in 0..<5 as Range<UInt32> { index.join(slot, "a") }
        #expect(index.leave(slot, "a") == .left)
        #expect(members(index, "a") == (0..<5).filter { $0 != slot })
        // Positions must have followed the swap: everybody can still leave.
        for other in (0..<5 as Range<UInt32>).reversed() where other != slot {
            #expect(
                index.leave(other, "a")
                    == (index.roomCount == 0 ? .emptied : index.memberCount(of: "a") == 0 ? .emptied : .left)
            )
        }
        #expect(index.roomCount == 0)
    }

    @Test("A slot in many rooms can join and leave each of them")
    func crowd() {
        var index = self.index(slots: 2)
        let rooms = (0..<1_000).map { Room("room \($0)") }
        for room in rooms { #expect(index.join(0, room) == .created) }
        for room in rooms { #expect(index.join(1, room) == .joined) }
        #expect(index.roomCount(of: 0) == 1_000)
        for room in rooms.shuffled() {
            #expect(index.join(0, room) == .alreadyMember)
            #expect(index.leave(0, room) == .left)
            #expect(!index.contains(0, in: room))
        }
        #expect(index.remove(1).count == 1_000)
        #expect(index.roomCount == 0)
    }

    @Test("Around the border of the crowd nothing is lost")
    func crowdBorder() {
        var index = self.index(slots: 1)
        for round in 0..<5 {
            for number in 0..<60 { #expect(index.join(0, Room("\(number)")) == .created) }
            #expect(index.roomCount(of: 0) == 60)
            for number in 0..<60 where (number + round) % 3 != 0 {
                #expect(index.leave(0, Room("\(number)")) == .emptied)
            }
            for number in 0..<60 { #expect(index.contains(0, in: Room("\(number)")) == ((number + round) % 3 == 0)) }
            #expect(index.leaveAll(0).count == 20)
        }
    }

    @Test("A storm of joins and leaves leaves no room behind")
    func storm() {
        var index = self.index(slots: 1)
        var created = 0
        var emptied = 0
        for number in 0..<100_000 {
            let room = Room("room \(number)")
            if index.join(0, room) == .created { created += 1 }
            if index.leave(0, room) == .emptied { emptied += 1 }
        }
        #expect(created == 100_000)
        #expect(emptied == 100_000)
        #expect(index.roomCount == 0)
    }

    @Test("No rooms: everybody")
    func selectEverybody() {
        var index = self.index(slots: 4)
        index.join(1, "a")
        var selected: [UInt32] = [99]
        index.members(of: [], into: &selected)
        #expect(selected.sorted() == [0, 1, 2, 3])
        index.members(of: [], exceptSlot: 2, into: &selected)
        #expect(selected.sorted() == [0, 1, 3])
        index.members(of: [], except: ["a"], into: &selected)
        #expect(selected.sorted() == [0, 2, 3])
        index.members(of: [], except: ["a", "none"], exceptSlot: 3, into: &selected)
        #expect(selected.sorted() == [0, 2])
        index.members(of: [], exceptSlot: 77, into: &selected)
        #expect(selected.sorted() == [0, 1, 2, 3])
    }

    @Test("Several rooms: each slot once")
    func selectRooms() {
        var index = self.index(slots: 5)
        for slot in [0, 1, 2] as [UInt32] { index.join(slot, "a") }
        for slot in [1, 2, 3] as [UInt32] { index.join(slot, "b") }
        index.join(2, "c")
        var selected: [UInt32] = []
        index.members(of: ["a"], into: &selected)
        #expect(selected.sorted() == [0, 1, 2])
        index.members(of: ["a"], exceptSlot: 1, into: &selected)
        #expect(selected.sorted() == [0, 2])
        index.members(of: ["a"], exceptSlot: 4, into: &selected)
        #expect(selected.sorted() == [0, 1, 2])
        index.members(of: ["a", "b", "a", "none"], into: &selected)
        #expect(selected.sorted() == [0, 1, 2, 3])
        index.members(of: ["a", "b"], except: ["c"], exceptSlot: 3, into: &selected)
        #expect(selected.sorted() == [0, 1])
        index.members(of: ["a"], except: ["a"], into: &selected)
        #expect(selected.isEmpty)
        index.members(of: ["none"], exceptSlot: 0, into: &selected)
        #expect(selected.isEmpty)
    }

    @Test("One room's members are handed out where they are")
    func noCopy() {
        var index = self.index(slots: 100)
        for slot in 0..<100 as Range<UInt32> { index.join(slot, "a") }
        let first = index.withMembers(of: "a") { $0.baseAddress }
        let second = index.withMembers(of: "a") { $0.baseAddress }
        #expect(first == second)
        #expect(index.withMembers(of: "none") { $0.count } == 0)
        #expect(RoomIndex().withAllMembers { $0.count } == 0)
    }
}
