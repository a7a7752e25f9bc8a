// Licensed under the MIT licence.

import Chat
import Testing

@Suite struct RoomTimelineTests {
    private func stored(_ seq: Int) throws -> StoredMessage {
        StoredMessage(seq: seq, message: try message(id: "m\(seq)"))
    }

    private func page(_ sequences: [Int], hasMore: Bool = false) throws -> HistoryPage {
        HistoryPage(messages: try sequences.map { try self.stored($0) }, hasMore: hasMore)
    }

    private func open(at last: Int, tailLimit: Int = 4) -> RoomTimeline {
        var timeline = RoomTimeline(tailLimit: tailLimit)
        #expect(timeline.delivered == nil)
        #expect(timeline.opened(lastSequence: last) == .ignore)
        return timeline
    }

    @Test("One after the other")
    func live() throws {
        var timeline = self.open(at: 5)
        for seq in 6...9 {
            #expect(timeline.stored(try self.stored(seq)) == .deliver)
            #expect(timeline.delivered == seq)
        }
        #expect(timeline.stored(try self.stored(9)) == .ignore)
        #expect(timeline.stored(try self.stored(3)) == .ignore)
        #expect(timeline.known(seq: 9) == .ignore)
    }

    @Test("What was stored while the room opened is read")
    func opening() throws {
        var timeline = RoomTimeline(tailLimit: 4)
        #expect(timeline.stored(try self.stored(6)) == .ignore)
        #expect(timeline.opened(lastSequence: 5) == .read(after: 5))
        let filled = timeline.filled(try self.page([6]))
        #expect(filled.deliver.map(\.seq) == [6])
        #expect(filled.next == .ignore)
        #expect(timeline.stored(try self.stored(7)) == .deliver)

        var other = RoomTimeline(tailLimit: 4)
        #expect(other.stored(try self.stored(6)) == .ignore)
        #expect(other.opened(lastSequence: 6) == .ignore, "the answer knew of it")
        #expect(other.stored(try self.stored(7)) == .deliver)
        #expect(other.opened(lastSequence: 99) == .ignore)
    }

    @Test("A gap is filled before anything behind it is delivered")
    func gap() throws {
        var timeline = self.open(at: 5)
        #expect(timeline.stored(try self.stored(8)) == .read(after: 5))
        #expect(timeline.stored(try self.stored(9)) == .ignore)
        var filled = timeline.filled(try self.page([6, 7, 8], hasMore: true))
        #expect(filled.deliver.map(\.seq) == [6, 7, 8])
        #expect(filled.next == .read(after: 8))
        filled = timeline.filled(try self.page([9, 10]))
        #expect(filled.deliver.map(\.seq) == [9, 10])
        #expect(filled.next == .ignore)
        #expect(timeline.stored(try self.stored(10)) == .ignore, "the read was ahead")
        #expect(timeline.stored(try self.stored(11)) == .deliver)
        #expect(timeline.filled(try self.page([12])).deliver.isEmpty)
    }

    @Test("A repeat of a message nobody was told of shows it")
    func repeated() throws {
        var timeline = self.open(at: 5)
        #expect(timeline.known(seq: 5) == .ignore)
        #expect(timeline.known(seq: 6) == .read(after: 5))
        #expect(timeline.filled(try self.page([6])).deliver.map(\.seq) == [6])
    }

    @Test("What is not retained any more is passed over")
    func forgotten() throws {
        var timeline = self.open(at: 5)
        #expect(timeline.stored(try self.stored(9)) == .read(after: 5))
        let filled = timeline.filled(try self.page([]))
        #expect(filled.deliver.isEmpty)
        #expect(filled.next == .ignore)
        #expect(timeline.delivered == 9)
        #expect(timeline.stored(try self.stored(12)) == .read(after: 9))
        #expect(timeline.filled(try self.page([12])).deliver.map(\.seq) == [12])
    }

    @Test("What claims to be far ahead is looked for, and not believed")
    func leap() throws {
        let far = 1 << 52
        var timeline = self.open(at: 5)
        #expect(timeline.stored(try self.stored(far)) == .read(after: 5))
        #expect(timeline.filled(try self.page([])).next == .ignore)
        #expect(timeline.delivered == 5)
        #expect(timeline.stored(try self.stored(6)) == .deliver)
        // Another while the room is read, which then has to be read once more.
        #expect(timeline.stored(try self.stored(8)) == .read(after: 6))
        #expect(timeline.stored(try self.stored(far)) == .ignore)
        #expect(timeline.filled(try self.page([7, 8])).next == .read(after: 8))
        timeline.fillFailed()
        #expect(timeline.stored(try self.stored(far)) == .read(after: 8))
        #expect(timeline.filled(try self.page([])).next == .ignore)
        #expect(timeline.delivered == 8)
        // It is there.
        #expect(timeline.stored(try self.stored(far)) == .read(after: 8))
        #expect(timeline.filled(try self.page([far])).deliver.map(\.seq) == [far])
        #expect(timeline.stored(try self.stored(far + 1)) == .deliver)

        var opening = RoomTimeline(tailLimit: 4)
        #expect(opening.stored(try self.stored(far)) == .ignore)
        #expect(opening.opened(lastSequence: 5) == .read(after: 5))
        #expect(opening.filled(try self.page([])).next == .ignore)
        #expect(opening.delivered == 5)
    }

    @Test("What was stored while the store was asked for what is not retained is not passed over")
    func storedWhileForgotten() throws {
        var timeline = self.open(at: 5)
        #expect(timeline.stored(try self.stored(8)) == .read(after: 5))
        #expect(timeline.stored(try self.stored(9)) == .ignore)
        #expect(timeline.filled(try self.page([])).next == .read(after: 8), "the read need not have seen it")
        #expect(timeline.filled(try self.page([9])).deliver.map(\.seq) == [9])
        #expect(timeline.stored(try self.stored(10)) == .deliver)
    }

    @Test("What may have been stored is looked for")
    func doubt() throws {
        var timeline = self.open(at: 5)
        #expect(timeline.doubted() == .read(after: 5))
        #expect(timeline.stored(try self.stored(7)) == .ignore, "a read is under way")
        var filled = timeline.filled(try self.page([]))
        #expect(filled.deliver.isEmpty)
        #expect(filled.next == .read(after: 5), "which need not have seen that one")
        #expect(timeline.doubted() == .ignore)
        filled = timeline.filled(try self.page([6, 7]))
        #expect(filled.deliver.map(\.seq) == [6, 7])
        #expect(filled.next == .read(after: 7), "nor this one")
        filled = timeline.filled(try self.page([8, 9], hasMore: true))
        #expect(filled.next == .read(after: 9))
        filled = timeline.filled(try self.page([10]))
        #expect(filled.deliver.map(\.seq) == [10])
        #expect(filled.next == .ignore)
        #expect(timeline.stored(try self.stored(11)) == .deliver)
    }

    @Test("Doubt while a room opens, and while its store is away")
    func doubtWithoutAnswers() throws {
        var timeline = RoomTimeline(tailLimit: 4)
        #expect(timeline.doubted() == .ignore)
        #expect(timeline.opened(lastSequence: 5) == .read(after: 5), "the answer may be older than the message")
        timeline.fillFailed()
        #expect(timeline.doubted() == .ignore)
        #expect(timeline.retry() == .read(after: 5))
        let filled = timeline.filled(try self.page([6]))
        #expect(filled.deliver.map(\.seq) == [6])
        #expect(filled.next == .ignore)
    }

    @Test("A store that claims more and gives nothing is not asked for ever")
    func emptyPages() throws {
        var timeline = self.open(at: 5)
        #expect(timeline.stored(try self.stored(7)) == .read(after: 5))
        #expect(timeline.filled(try self.page([], hasMore: true)).next == .ignore)
    }

    @Test("A read that failed is tried again with the next message, or when asked")
    func stalled() throws {
        var timeline = self.open(at: 5)
        #expect(timeline.retry() == .ignore)
        #expect(timeline.stored(try self.stored(7)) == .read(after: 5))
        timeline.fillFailed()
        #expect(timeline.delivered == 5)
        #expect(timeline.retry() == .read(after: 5))
        timeline.fillFailed()
        #expect(timeline.stored(try self.stored(8)) == .read(after: 5))
        #expect(timeline.retry() == .ignore, "it is under way")
        #expect(timeline.filled(try self.page([6, 7, 8])).deliver.map(\.seq) == [6, 7, 8])
    }

    @Test("The tail reaches as far back as it has room")
    func tail() throws {
        var timeline = self.open(at: 5)
        _ = timeline.stored(try self.stored(6))
        timeline.replayBegan()
        #expect(timeline.tail(after: 6) == [])
        #expect(timeline.tail(after: 5) == nil, "that was before")
        for seq in 7...10 { _ = timeline.stored(try self.stored(seq)) }
        #expect(timeline.tail(after: 6)?.map(\.seq) == [7, 8, 9, 10])
        #expect(timeline.tail(after: 9)?.map(\.seq) == [10])
        _ = timeline.stored(try self.stored(11))
        #expect(timeline.tail(after: 6) == nil)
        #expect(timeline.tail(after: 7)?.map(\.seq) == [8, 9, 10, 11])
        timeline.replayBegan()
        timeline.replayEnded()
        #expect(timeline.tail(after: 7)?.map(\.seq) == [8, 9, 10, 11], "one is left")
        timeline.replayEnded()
        _ = timeline.stored(try self.stored(12))
        timeline.replayBegan()
        #expect(timeline.tail(after: 11) == nil)
    }
}
