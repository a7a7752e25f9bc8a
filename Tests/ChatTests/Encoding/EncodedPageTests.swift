// Licensed under the MIT licence.

import Chat
import NIOCore
import Testing
import WireJSON

@Suite struct EncodedPageTests {
    private func stored(_ seq: Int, payload: String = "null", attachments: Int = 0) throws -> StoredMessage {
        StoredMessage(
            seq: seq,
            message: try message(
                id: "m\(seq)",
                payload: payload,
                attachments: (0..<attachments).map { ByteBuffer(string: "\(seq).\($0)") }
            )
        )
    }

    private func encode(
        _ messages: [StoredMessage],
        after: Int? = nil,
        hasMore: Bool = false,
        maximumAttachments: Int = 10
    ) -> EncodedPage {
        EncodedPage(
            HistoryPage(messages: messages, hasMore: hasMore),
            query: HistoryQuery(after: after, limit: 50),
            maximumAttachments: maximumAttachments
        )
    }

    private func sequences(_ page: EncodedPage) throws -> [Int?] {
        try json(text(page.messages)).elements.map { $0.member("seq")?.intValue }
    }

    @Test("Nothing")
    func empty() throws {
        let page = self.encode([])
        #expect(try text(ChatReply.history(page)) == #"{"status":"ok","messages":[],"has_more":false}"#)
        #expect(try text(ChatReply.messages(page)) == #"{"messages":[],"has_more":false}"#)
    }

    @Test("Messages stand in it as they were delivered")
    func messages() throws {
        let messages = try [self.stored(1), self.stored(2, payload: #"{"a":1.0}"#)]
        let page = self.encode(messages, hasMore: true)
        let one = try text(messages[0].encoded)
        let two = try text(messages[1].encoded)
        #expect(try text(ChatReply.messages(page)) == "{\"messages\":[\(one),\(two)],\"has_more\":true}")
    }

    @Test("Placeholders count on, and nothing else changes")
    func renumbering() throws {
        let messages = try [
            self.stored(1, payload: #"{"a":{"_placeholder":true,"num":0}}"#, attachments: 1),
            self.stored(2, payload: #"{"num":0}"#),
            self.stored(
                3,
                payload:
                    #"{"z":1.0,"a":[{"num":1,"_placeholder":true},{"_placeholder":false,"num":0}],"n":{"_placeholder":true,"num":0,"num":0}}"#,
                attachments: 2
            ),
            self.stored(4, payload: #"{"_placeholder":true,"num":0}"#, attachments: 1),
        ]
        let page = self.encode(messages)
        let payloads = try json(text(page.messages)).elements.map { $0.member("payload")?.debugDescription }
        #expect(
            payloads == [
                #"{"a":{"_placeholder":true,"num":0}}"#,
                #"{"num":0}"#,
                #"{"z":1.0,"a":[{"num":2,"_placeholder":true},{"_placeholder":false,"num":0}],"n":{"_placeholder":true,"num":1,"num":1}}"#,
                #"{"_placeholder":true,"num":3}"#,
            ]
        )
        #expect(page.attachments.map { String(buffer: $0) } == ["1.0", "3.0", "3.1", "4.0"])
        #expect(!page.hasMore)
    }

    @Test("A payload as deep as events may be can be renumbered")
    func deep() throws {
        let depth = 62
        let payload =
            #"{"a":"# + String(repeating: "[", count: depth) + #"{"_placeholder":true,"num":0}"#
            + String(repeating: "]", count: depth) + "}"
        let messages = try [
            self.stored(1, payload: #"{"_placeholder":true,"num":0}"#, attachments: 1),
            self.stored(2, payload: payload, attachments: 1),
        ]
        let page = self.encode(messages)
        #expect(String(buffer: page.messages).contains("[{\"_placeholder\":true,\"num\":1}]"))
    }

    @Test("No more attachments than one answer may have")
    func attachmentLimit() throws {
        let messages = try (1...4).map { try self.stored($0, attachments: 4) }
        let newest = self.encode(messages)
        #expect(try self.sequences(newest) == [3, 4])
        #expect(newest.hasMore)
        #expect(newest.attachments.count == 8)
        let oldest = self.encode(messages, after: 0)
        #expect(try self.sequences(oldest) == [1, 2])
        #expect(oldest.hasMore)
        #expect(try self.sequences(self.encode(messages, maximumAttachments: .max)) == [1, 2, 3, 4])
        let tooMany = try [self.stored(1), self.stored(2, attachments: 20)]
        #expect(try self.sequences(self.encode(tooMany)) == [2], "at least one")
        #expect(try self.sequences(self.encode(tooMany, after: 0)) == [1])
        #expect(try self.sequences(self.encode(Array(tooMany.suffix(1)), after: 1)) == [2])
    }

    @Test(
        "What looks like a placeholder meets no attachments but its own",
        arguments: [
            #"{"k":{"_placeholder":true,"num":7}}"#, #"{"_placeholder":true,"num":0}"#,
            #"{"a":[{"_place\u0068older":true,"num":0}]}"#,
            #"{"a":{"_placeholder":false,"_placeholder":true,"num":0}}"#,
        ]
    )
    func imitations(_ payload: String) throws {
        let messages = try [self.stored(1, payload: payload), self.stored(2), self.stored(3, attachments: 1)]
        let oldest = self.encode(messages, after: 0)
        #expect(try self.sequences(oldest) == [1, 2])
        #expect(oldest.hasMore && oldest.attachments.isEmpty)
        let newest = self.encode(messages)
        #expect(try self.sequences(newest) == [2, 3])
        #expect(newest.hasMore && newest.attachments.count == 1)
        let harmless = try [self.stored(1, payload: payload), self.stored(2, payload: payload)]
        #expect(try self.sequences(self.encode(harmless)) == [1, 2])
    }
}
