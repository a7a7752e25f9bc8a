// Licensed under the MIT licence.

import Chat
import NIOCore
import Testing

/// Clients that come from another node are brought to the present of their rooms without being members.
@Suite struct RoomHubReturnTests {
    private typealias Hub = RoomHub<String, Int>

    private func stored(_ seqs: ClosedRange<Int>) throws -> [StoredMessage] {
        try seqs.map { StoredMessage(seq: $0, message: try message(id: "m\($0)")) }
    }

    private func page(_ seqs: ClosedRange<Int>, hasMore: Bool = false) throws -> Result<HistoryPage, StoreError> {
        .success(HistoryPage(messages: try self.stored(seqs), hasMore: hasMore))
    }

    @Test("Everything since the last that it was sent, with what comes meanwhile")
    func catchingUp() throws {
        var hub = try Hub.withAnn(last: 8)
        let lobby = try room()
        let begun = hub.beginReturn(to: lobby, after: 3)
        var (client, first) = try #require(begun)
        #expect(first.messages.isEmpty && first.query?.after == 3)
        for message in try self.stored(9...10) { _ = hub.timelines.appended(.stored(message), to: lobby) }
        let next = hub.proceed(&client, try self.page(4...6, hasMore: true))
        let second = try #require(next)
        #expect(second.messages.map(\.seq) == [4, 5, 6])
        #expect(second.query?.after == 6)
        for message in try self.stored(11...12) { _ = hub.timelines.appended(.stored(message), to: lobby) }
        let last = hub.proceed(&client, try self.page(7...10))
        let third = try #require(last)
        #expect(third.messages.map(\.seq) == [7, 8, 9, 10, 11, 12])
        #expect(third.query == nil)
        #expect(hub.users(in: lobby).map(\.string) == ["ann"])
    }

    @Test("Who has all is there at once; who has more than members here has to wait")
    func ahead() throws {
        var hub = try Hub.withAnn(last: 8)
        let lobby = try room()
        let begun = hub.beginReturn(to: lobby, after: 8)
        let (_, step) = try #require(begun)
        #expect(step.messages.isEmpty && step.query == nil)
        let ahead = hub.beginReturn(to: lobby, after: 9)
        let elsewhere = hub.beginReturn(to: try room("cellar"), after: 0)
        #expect(ahead == nil && elsewhere == nil)
    }

    @Test("What is not retained any more, or cannot be read, is not passed over")
    func gaps() throws {
        var hub = try Hub.withAnn(last: 8)
        let lobby = try room()
        let answers: [Result<HistoryPage, StoreError>] = [
            try self.page(5...8), .success(HistoryPage(messages: [], hasMore: false)),
            .failure(StoreError(.notDone, reason: "down")),
        ]
        for answer in answers {
            let begun = hub.beginReturn(to: lobby, after: 3)
            var (client, _) = try #require(begun)
            let step = hub.proceed(&client, answer)
            #expect(step == nil)
        }
        let begun = hub.beginReturn(to: lobby, after: 3)
        var (client, _) = try #require(begun)
        _ = hub.leave("ann", lobby)
        let step = hub.proceed(&client, try self.page(4...8))
        #expect(step == nil, "the room has ended")
    }
}
