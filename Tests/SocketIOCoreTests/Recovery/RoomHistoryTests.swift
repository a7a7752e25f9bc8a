// Licensed under the MIT licence.

import NIOCore
import SocketIOCore
import SocketIOTesting
import Testing

@Suite struct RoomHistoryTests {
    private func time(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .seconds(seconds) }

    private func change(_ room: Room, _ isJoin: Bool, _ position: UInt64, at seconds: Int64 = 1) -> RoomChanges.Change {
        RoomChanges.Change(room: room, isJoin: isJoin, position: position, time: self.time(seconds))
    }

    private func timeline(_ rooms: [Room], _ changes: RoomChanges) -> RoomTimeline {
        RoomTimeline(
            of: RecoverySession(
                pid: PrivateSessionID(random: (1, 2)),
                sid: "me",
                history: RoomHistory(rooms: rooms, changes: changes),
                settledThrough: 0,
                disconnectedAt: self.time(10),
                receivedBefore: self.time(0)
            )
        )
    }

    @Test("A socket that joins after an event is a member from the next on, and one that leaves was up to that")
    func bounds() {
        let changes = RoomChanges(
            [change("a", true, 3), change("a", false, 5), change("b", false, 4)],
            unknownThrough: 0
        )
        let timeline = timeline(["c"], changes)
        #expect((1...7).filter { timeline.contains("a", at: $0) } == [4, 5])
        #expect((1...7).filter { timeline.contains("b", at: $0) } == [1, 2, 3, 4])
        #expect((1...7).filter { timeline.contains("c", at: $0) } == Array(1...7))
        #expect((1...7).allSatisfy { !timeline.contains("d", at: $0) })
        #expect(timeline.everyRoom == ["a", "b", "c", "me", .direct(to: "me")])
    }

    @Test("Several changes between the same two events count together")
    func sameposition() {
        let passing = RoomChanges([change("a", true, 3), change("a", false, 3)], unknownThrough: 0)
        #expect((1...7).allSatisfy { !timeline([], passing).contains("a", at: $0) })
        let again = RoomChanges([change("a", false, 3), change("a", true, 3)], unknownThrough: 0)
        #expect((1...7).allSatisfy { timeline(["a"], again).contains("a", at: $0) })
    }

    @Test("Changes that no event needs are dropped by the next change")
    func forgetting() {
        var changes = RoomChanges()
        for second in 1...5 as ClosedRange<Int64> {
            changes.note(change("a", true, UInt64(second), at: second), receivedBefore: time(0), maximumCount: 10)
        }
        changes.note(change("a", true, 6, at: 6), receivedBefore: time(4), maximumCount: 10)
        #expect(changes.all.map(\.position) == [4, 5, 6])
        #expect(changes.unknownThrough == 0, "nothing that matters is unknown")
        changes.note(change("a", true, 7, at: 90), receivedBefore: time(80), maximumCount: 10)
        #expect(changes.all.map(\.position) == [7])
    }

    @Test("Too many changes push the oldest out, and the past before them is unknown", arguments: [1, 2, 3, 8])
    func tooMany(_ maximum: Int) {
        var changes = RoomChanges()
        for position in 1...100 as ClosedRange<UInt64> {
            changes.note(change("a", position % 2 == 1, position), receivedBefore: time(0), maximumCount: maximum)
            #expect(changes.all.count <= maximum)
            #expect(changes.unknownThrough + UInt64(changes.all.count) == position)
        }
    }

    @Test("Random histories against membership noted event by event", arguments: 0..<50 as Range<UInt64>)
    func model(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let names: [Room] = ["a", "b", "c"]
        var rooms: Set<Room> = []
        var changes = RoomChanges()
        var truth: [Set<Room>] = [[]]
        var position: UInt64 = 0
        for second in 0..<200 as Range<Int64> {
            if Bool.random(using: &random) {
                position += 1
                truth.append(rooms)
                continue
            }
            let room = names[Int.random(in: 0..<3, using: &random)]
            let isJoin = !rooms.contains(room)
            if isJoin { rooms.insert(room) } else { rooms.remove(room) }
            changes.note(
                change(room, isJoin, position, at: second),
                receivedBefore: time(0),
                maximumCount: seed.isMultiple(of: 2) ? 1_000 : 20
            )
        }
        let timeline = timeline(Array(rooms), changes)
        for position in (timeline.unknownThrough + 1)..<UInt64(truth.count) {
            for room in names {
                #expect(timeline.contains(room, at: position) == truth[Int(position)].contains(room))
            }
        }
    }
}
