// Licensed under the MIT licence.

import Chat
import NIOCore
import Testing
import WireJSON

@Suite struct StoredMessageDecodingTests {
    private func decode(_ text: String) throws -> StoredMessage {
        try StoredMessage(decoding: json(text), attachments: [])
    }

    @Test("What was encoded is read, byte for byte")
    func roundTrip() throws {
        let messages = [
            try message(),
            try message(
                #"  \u00e9 😀 \"x\" "#,
                id: "id \"1\"",
                in: room("{slot} ../ \""),
                from: user("u\"1", "Ann \\ Ørsted"),
                clientID: "c \"1",
                at: time(678),
                payload: #"{"z":1.0 , "a":{"_placeholder":true,"num":0},"z":1e3}"#,
                attachments: [ByteBuffer(bytes: [0, 255, 30]), ByteBuffer()]
            ),
        ]
        for (index, message) in messages.enumerated() {
            let stored = StoredMessage(seq: index + 7, message: message)
            let value = try JSONValue(validating: stored.encoded)
            #expect(try StoredMessage(decoding: value, attachments: message.body.attachments) == stored)
        }
    }

    @Test("What is not of a message does no harm")
    func others() throws {
        let stored = StoredMessage(seq: 7, message: try message())
        let text = String(buffer: stored.encoded).dropLast() + #","more":{"a":[1]}}"#
        #expect(try self.decode(String(text)) == stored)
    }

    @Test(
        "What is wrong is named",
        arguments: [
            (#""type":"message""#, #""type":"note""#, "type must be \"message\""),
            (#""seq":7"#, #""seq":0"#, "seq must be an integer from 1 up"),
            (#""seq":7"#, #""seq":"7""#, "seq must be an integer from 1 up"),
            (
                #""room_id":"r1""#, #""room_id":"""#,
                "room_id must be a string of 1 to 128 bytes without control characters"
            ),
            (#""room_id":"r1""#, #""room_id":4"#, "room_id must be a string"),
            (
                #""user_id":"u1""#, #""user_id":"\u0001""#,
                "user_id must be a string of 1 to 128 bytes without control characters"
            ),
            (#""id":"m1""#, #""id":"""#, "id must not be empty"),
            (#""id":"m1""#, #""other":1"#, "id must be a string"),
            (#""username":"user_u1""#, #""username":null"#, "username must be a string"),
            (#""content":"Hello""#, #""content":5"#, "content must be string"),
            (#""message_type":"text""#, #""message_type":null"#, "message_type must be string"),
            (#""title":null"#, #""title":1"#, "title must be null or string"),
            (#""payload":null"#, #""payload":[]"#, "payload must be null or object"),
            (#""attachment_urls":[]"#, #""attachment_urls":{}"#, "attachment_urls must be array"),
            (
                #""created_at":"2026-01-02T03:00:00.000Z""#, #""created_at":"today""#,
                "created_at must be a time such as 2026-01-02T03:04:05.678Z"
            ),
        ]
    )
    func flaws(_ part: String, _ other: String, _ reason: String) throws {
        let text = String(buffer: StoredMessage(seq: 7, message: try message()).encoded)
        #expect(text.contains(part))
        let changed = text.split(separator: part, maxSplits: 1, omittingEmptySubsequences: false).joined(
            separator: other
        )
        #expect(throws: MessageFlaw(reason)) { try self.decode(changed) }
    }

    @Test("No object")
    func noObject() {
        #expect(throws: MessageFlaw("it must be one JSON object")) { try self.decode("[]") }
    }
}
