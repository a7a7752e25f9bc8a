// Licensed under the MIT licence.

import Chat
import ChatTesting
import Testing

@testable import ChatServer

@Suite struct ImportedLinesTests {
    private func stored(
        _ seq: Int,
        id: String,
        in name: String = "r1",
        at time: Timestamp = time()
    ) throws -> StoredMessage {
        StoredMessage(seq: seq, message: try message(id: id, in: room(name), at: time))
    }

    @Test func inEachRoomSeqRises() throws {
        var lines = ImportedLines(now: time().milliseconds)
        try lines.take(self.stored(3, id: "a"), line: 1)
        try lines.take(self.stored(1, id: "b", in: "r2"), line: 2)
        try lines.take(self.stored(9, id: "c"), line: 3)
        #expect(throws: MessageFlaw("seq 4 follows seq 9 of line 3 in the same room, and must be greater")) {
            try lines.take(self.stored(4, id: "d"), line: 4)
        }
        #expect(throws: MessageFlaw("line 3 has that seq in the same room")) {
            try lines.take(self.stored(9, id: "d"), line: 4)
        }
        try lines.take(self.stored(10, id: "d"), line: 4)
        #expect(throws: MessageFlaw("seq must be at most 4294967295")) {
            try lines.take(self.stored(4_294_967_296, id: "e"), line: 5)
        }
    }

    @Test func noIDIsThereTwice() throws {
        var lines = ImportedLines(now: time().milliseconds)
        try lines.take(self.stored(3, id: "a"), line: 1)
        #expect(throws: MessageFlaw("line 1 has a message of that id")) {
            try lines.take(self.stored(4, id: "a"), line: 2)
        }
        #expect(throws: MessageFlaw("line 1 has a message of that id")) {
            try lines.take(self.stored(4, id: "a", in: "r2"), line: 2)
        }
    }

    @Test func nothingIsFromTheFuture() throws {
        let now = time().milliseconds
        var lines = ImportedLines(now: now)
        try lines.take(self.stored(1, id: "a", at: Timestamp(milliseconds: now + 86_400_000)), line: 1)
        #expect(throws: MessageFlaw("created_at is yet to come")) {
            try lines.take(self.stored(2, id: "b", at: Timestamp(milliseconds: now + 86_400_001)), line: 2)
        }
    }

    @Test func idsAreForgottenAtLast() {
        var ids = RecentIDs(half: 500)
        for line in 1...1001 { ids.insert(MessageID("\(line)"), line: line) }
        #expect(ids.line(of: MessageID("500")) == nil)
        #expect(ids.line(of: MessageID("501")) == 501)
        #expect(ids.line(of: MessageID("1001")) == 1001)
    }
}
