// Licensed under the MIT licence.

import Chat
import Foundation
import NIOCore
import Testing
import WireJSON

@Suite struct StoredMessageDecodingTests {
    private func decode(_ text: String) throws -> StoredMessage {
        try StoredMessage(decoding: json(text), attachments: [], limits: ChatLimits())
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
            let attachments = message.body.attachments
            #expect(try StoredMessage(decoding: value, attachments: attachments, limits: ChatLimits()) == stored)
            let place = try StoredMessage.place(decoding: value)
            #expect(place == (message.room, index + 7))
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
            (
                #""room_id":"r1""#, #""room_id":4"#,
                "room_id must be a string of 1 to 128 bytes without control characters"
            ),
            (#""room_id":"r1""#, #""room_id":null"#, "room_id is required"),
            (
                #""user_id":"u1""#, #""user_id":"\u0001""#,
                "user_id must be at most 128 bytes long and free of control characters"
            ),
            (#""user_id":"u1""#, #""user_id":"""#, "user_id must be a string that is not empty"),
            (#""id":"m1""#, #""id":"""#, "id must be a string of 1 to 128 bytes without control characters"),
            (#""id":"m1""#, #""id":"a\nb""#, "id must be a string of 1 to 128 bytes without control characters"),
            (#""id":"m1""#, #""other":1"#, "id must be a string of 1 to 128 bytes without control characters"),
            (#""username":"user_u1""#, #""username":null"#, "username must be a string that is not empty"),
            (
                #""username":"user_u1""#, #""username":"\u0007""#,
                "username must be at most 256 bytes long and free of control characters"
            ),
            (#""content":"Hello""#, #""content":5"#, "content must be string"),
            (#""content":"Hello""#, #""content":" \u2003""#, "content must be a string that is not blank"),
            (#""content":"Hello""#, #""content":"Hi","content":"Hello""#, "content is there twice"),
            (#""seq":7"#, #""seq":7,"s\u0065q":8"#, "seq is there twice"),
            (#""seq":7"#, #""seq":7,"é 1":1,"é 1":1"#, "a member is there twice"),
            (#""seq":7"#, #""seq":7.5"#, "seq must be an integer from 1 up"),
            (#""seq":7"#, #""seq":7,"client_id":null"#, "client_id must be string"),
            (#""seq":7"#, #""seq":7,"client_id":"""#, "client_id must be absent or a string that is not empty"),
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

    @Test("Nothing is longer than what could have been sent")
    func lengths() throws {
        var limits = ChatLimits()
        limits.maximumMessageLength = 4
        limits.maximumTypeBytes = 3
        limits.maximumTitleBytes = 5
        limits.maximumClientIDBytes = 2
        limits.maximumAttachmentURLs = 1
        limits.maximumAttachmentURLBytes = 3
        limits.maximumUsernameBytes = 7
        func reason(_ part: String, _ other: String) throws -> String? {
            let text = #"""
                {"type":"message","id":"m1","seq":7,"room_id":"r1","user_id":"u1","username":"user_u1","content":"é😀é😀",\#
                "message_type":"1é","title":"12345","payload":null,"attachment_urls":["123"],"client_id":"é",\#
                "created_at":"2026-01-02T03:00:00.000Z"}
                """#
            #expect(text.contains(part))
            do {
                let value = try json(text.replacingOccurrences(of: part, with: other))
                _ = try StoredMessage(decoding: value, attachments: [], limits: limits)
                return nil
            } catch let flaw as MessageFlaw {
                return flaw.reason
            }
        }
        #expect(try reason("7", "7") == nil, "just as long as may be")
        #expect(try reason("é😀é😀", "é😀é😀e") == "content must have at most 4 characters (Unicode scalars)")
        #expect(try reason("1é", "12é") == "message_type must be a string of at most 3 bytes")
        #expect(try reason("12345", "123456") == "title must be null or a string of at most 5 bytes")
        #expect(
            try reason(#""client_id":"é""#, #""client_id":"éa""#) == "client_id must be a string of at most 2 bytes"
        )
        let urls = "attachment_urls must be null or an array of at most 1 strings of at most 3 bytes"
        #expect(try reason(#"["123"]"#, #"["1","2"]"#) == urls)
        #expect(try reason(#"["123"]"#, #"["1234"]"#) == urls)
        #expect(
            try reason("user_u1", "user_u12") == "username must be at most 7 bytes long and free of control characters"
        )
    }

    @Test("No object")
    func noObject() {
        #expect(throws: MessageFlaw("it must be one JSON object")) { try self.decode("[]") }
    }
}
