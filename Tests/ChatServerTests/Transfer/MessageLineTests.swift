// Licensed under the MIT licence.

import Chat
import ChatTesting
import NIOCore
import Testing

@testable import ChatServer

@Suite struct MessageLineTests {
    @Test func aLineIsTheEventAndItsAttachments() throws {
        let plain = StoredMessage(seq: 7, message: try message(clientID: "c1"))
        #expect(MessageLine.encode(plain) == ByteBuffer(string: String(buffer: plain.encoded) + "\n"))
        let binary = StoredMessage(
            seq: 8,
            message: try message(attachments: [ByteBuffer(bytes: [0, 1, 2]), ByteBuffer(), ByteBuffer(bytes: [255])])
        )
        let line = String(buffer: MessageLine.encode(binary))
        #expect(line.hasPrefix(String(buffer: binary.encoded).dropLast()))
        #expect(line.hasSuffix(#","attachments":["AAEC","","/w=="]}"# + "\n"))
    }

    @Test func whatWasWrittenIsRead() throws {
        for attachments in [[], [ByteBuffer(bytes: [0, 255, 30]), ByteBuffer()]] {
            let stored = StoredMessage(
                seq: 9,
                message: try message(payload: #"{"z":1.0, "deep":[[{"a":null}]]}"#, attachments: attachments)
            )
            var line = MessageLine.encode(stored)
            line.moveWriterIndex(to: line.writerIndex - 1)
            #expect(try MessageLine.decode(line) == stored)
        }
    }

    @Test func lineBreaksBetweenTokensBecomeSpaces() throws {
        let stored = StoredMessage(seq: 9, message: try message(payload: "{\r\n  \"a\":\n1}"))
        let text = String(buffer: MessageLine.encode(stored))
        #expect(text.contains(#""payload":{    "a": 1}"#))
        #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count == 2)
        let again = try MessageLine.decode(ByteBuffer(string: String(text.dropLast())))
        #expect(MessageLine.encode(again) == ByteBuffer(string: text))
    }

    @Test(arguments: [
        ("", "it is no JSON"), ("{", "it is no JSON"), ("[1]", "it must be one JSON object"), ("7 8", "it is no JSON"),
    ])
    func whatIsNoMessage(text: String, reason: String) {
        let flaw = #expect(throws: MessageFlaw.self) { try MessageLine.decode(ByteBuffer(string: text)) }
        #expect(flaw?.reason.hasPrefix(reason) == true)
    }

    @Test(arguments: ["{}", "[1]", #"["AAE"]"#, #"["****"]"#])
    func attachmentsThatAreNone(attachments: String) throws {
        let text = String(buffer: StoredMessage(seq: 7, message: try message()).encoded).dropLast()
        let flaw = #expect(throws: MessageFlaw.self) {
            try MessageLine.decode(ByteBuffer(string: "\(text),\"attachments\":\(attachments)}"))
        }
        #expect(flaw?.reason == "attachments must be an array of strings in base64")
    }
}
