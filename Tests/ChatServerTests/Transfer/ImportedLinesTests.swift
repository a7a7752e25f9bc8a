// Licensed under the MIT licence.

import Chat
import ChatTesting
import Testing

@testable import ChatServer

@Suite struct ImportedLinesTests {
    private func stored(_ seq: Int, id: String, in name: String = "r1") throws -> StoredMessage {
        StoredMessage(seq: seq, message: try message(id: id, in: room(name)))
    }

    @Test func inEachRoomSeqRises() throws {
        var lines = ImportedLines()
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
    }

    @Test(arguments: [2_000_000_001, 4_294_967_295, 4_294_967_296, Int.max])
    func aRoomIsLeftWithNumbers(seq: Int) throws {
        var lines = ImportedLines()
        #expect(throws: MessageFlaw("seq must be at most 2000000000")) {
            try lines.take(self.stored(seq, id: "a"), line: 1)
        }
        try lines.take(self.stored(2_000_000_000, id: "a"), line: 1)
    }

    @Test func noIDIsThereTwice() throws {
        var lines = ImportedLines()
        try lines.take(self.stored(3, id: "a"), line: 1)
        #expect(throws: MessageFlaw("line 1 has a message of that id")) {
            try lines.take(self.stored(4, id: "a"), line: 2)
        }
        #expect(throws: MessageFlaw("line 1 has a message of that id")) {
            try lines.take(self.stored(4, id: "a", in: "r2"), line: 2)
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
