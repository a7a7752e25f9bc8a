// Licensed under the MIT licence.

import Chat
import ChatTesting
import NIOCore
import Testing

@testable import ChatServer

@Suite struct MessageLineTests {
    private let limits = MessageLineLimits()

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
            #expect(try MessageLine.decode(line, limits: self.limits) == stored)
        }
    }

    @Test func lineBreaksBetweenTokensBecomeSpaces() throws {
        let stored = StoredMessage(seq: 9, message: try message(payload: "{\r\n  \"a\":\n1}"))
        let text = String(buffer: MessageLine.encode(stored))
        #expect(text.contains(#""payload":{    "a": 1}"#))
        #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count == 2)
        let again = try MessageLine.decode(ByteBuffer(string: String(text.dropLast())), limits: self.limits)
        #expect(MessageLine.encode(again) == ByteBuffer(string: text))
    }

    @Test(arguments: [
        ("", "it is no JSON"), ("{", "it is no JSON"), ("[1]", "it must be one JSON object"), ("7 8", "it is no JSON"),
    ])
    func whatIsNoMessage(text: String, reason: String) {
        let flaw = #expect(throws: MessageFlaw.self) {
            try MessageLine.decode(ByteBuffer(string: text), limits: self.limits)
        }
        #expect(flaw?.reason.hasPrefix(reason) == true)
    }

    @Test(arguments: ["{}", "[1]", #"["AAE"]"#, #"["****"]"#])
    func attachmentsThatAreNone(attachments: String) throws {
        let text = String(buffer: StoredMessage(seq: 7, message: try message()).encoded).dropLast()
        let flaw = #expect(throws: MessageFlaw.self) {
            try MessageLine.decode(ByteBuffer(string: "\(text),\"attachments\":\(attachments)}"), limits: self.limits)
        }
        #expect(flaw?.reason == "attachments must be an array of strings in base64")
    }

    /// Why a line with this payload and these attachments is refused; nil if it is not.
    private func reason(
        _ payload: String,
        _ attachments: [Int],
        limits: MessageLineLimits? = nil
    ) throws -> String? {
        let bytes = attachments.map { ByteBuffer(repeating: 7, count: $0) }
        let stored = StoredMessage(seq: 1, message: try message(payload: payload, attachments: bytes))
        do throws(MessageFlaw) {
            var line = MessageLine.encode(stored)
            line.moveWriterIndex(to: line.writerIndex - 1)
            let read = try MessageLine.decode(line, limits: limits ?? self.limits)
            #expect(read == stored)
            return nil
        } catch {
            return error.reason
        }
    }

    @Test func placeholdersCountTheAttachments() throws {
        let place = #"{"_placeholder":true,"num":0}"#
        #expect(try self.reason(#"{"a":\#(place)}"#, [3]) == nil)
        #expect(try self.reason(#"{"a":[1,\#(place)]}"#, [3, 3]) == nil, "one of another field of the event's")
        #expect(try self.reason(#"{"a":\#(place)}"#, []) == nil, "mere data, as in a text that is sent")
        #expect(try self.reason(place, []) == nil)
        let one = "the placeholders in payload must count the 1 attachment from 0, each once"
        #expect(try self.reason(#"{"a":\#(place),"b":{"_placeholder":true,"num":1}}"#, [3]) == one)
        #expect(try self.reason(#"{"a":\#(place),"b":\#(place)}"#, [3]) == one)
        #expect(try self.reason(#"{"a":{"_placeholder":true}}"#, [3]) == one)
        #expect(try self.reason(#"{"a":{"\u005fplaceholder":true,"num":-1}}"#, [3]) == one)
    }

    @Test func attachmentsAreAsManyAndAsLongAsCanBeSent() throws {
        #expect(try self.reason("{}", Array(repeating: 1, count: 10)) == nil)
        #expect(try self.reason("{}", Array(repeating: 1, count: 11)) == "it has more than 10 attachments")
        #expect(try self.reason("{}", [999_999, 1]) == nil)
        #expect(
            try self.reason("{}", [999_999, 2]) == "its attachments are longer than 1000000 bytes (MAX_PAYLOAD_BYTES)"
        )
        let long = String(repeating: "x", count: 999_900)
        #expect(try self.reason(#"{"a":"\#(long)"}"#, []) == nil)
        #expect(
            try self.reason(#"{"a":"\#(long)\#(long)"}"#, []) == "it is longer than 1000000 bytes (MAX_PAYLOAD_BYTES)"
        )
        var configuration = ChatServerConfiguration()
        configuration.transport.maxPayloadBytes = 3_000_000
        #expect(try self.reason(#"{"a":"\#(long)\#(long)"}"#, [], limits: MessageLineLimits(configuration)) == nil)
    }

    @Test func theLongestMessageFitsALine() throws {
        let limits = self.limits
        let longest = StoredMessage(
            seq: 4_294_967_295,
            message: try message(
                String(repeating: "\\u0001", count: 10_000),
                id: String(repeating: "\"", count: 128),
                in: room(String(repeating: "\"", count: 128)),
                from: user(String(repeating: "\"", count: 128), String(repeating: "\"", count: 256)),
                clientID: String(repeating: "\u{1}", count: 128),
                payload: #"{"a":"\#(String(repeating: "x", count: 939_800))"}"#,
                attachments: Array(repeating: ByteBuffer(repeating: 7, count: 100_000), count: 10)
            )
        )
        let line = MessageLine.encode(longest)
        #expect(line.readableBytes <= limits.maximumLineBytes)
        #expect(line.readableBytes > 2_330_000)
    }
}
