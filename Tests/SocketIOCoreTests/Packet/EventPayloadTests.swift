// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import SocketIOCore
import Testing
import WireJSON

@Suite struct EventPayloadTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var payload: String
        var name: String
        var arguments: [String] = []
        var raw: String

        var testDescription: String { self.payload }
    }

    static let rows: [Row] = [
        Row(
            payload: #"["message",{"text":"hi"}]"#,
            name: "message",
            arguments: [#"{"text":"hi"}"#],
            raw: #"{"text":"hi"}"#
        ),
        Row(payload: #"["a"]"#, name: "a", raw: ""),
        Row(payload: "[ \"a\"\n]", name: "a", raw: ""),
        Row(payload: #"[""]"#, name: "", raw: ""),
        Row(payload: #"["a",null]"#, name: "a", arguments: ["null"], raw: "null"),
        Row(payload: #"["a" , 1 , [2, "]"] ]"#, name: "a", arguments: ["1", #"[2, "]"]"#], raw: #"1 , [2, "]"] "#),
        Row(payload: #"["a\"],[",1]"#, name: "a\"],[", arguments: ["1"], raw: "1"),
        Row(payload: #"["a\\",1]"#, name: "a\\", arguments: ["1"], raw: "1"),
        Row(payload: #"["\u00e9\ud83d\ude00",1]"#, name: "é😀", arguments: ["1"], raw: "1"),
        Row(payload: #"["é😀",1]"#, name: "é😀", arguments: ["1"], raw: "1"),
        Row(payload: "[1]", name: "1", raw: ""),
        Row(payload: #"[-1.5e3 ,"a"]"#, name: "-1.5e3", arguments: [#""a""#], raw: #""a""#),
    ]

    @Test("Name and arguments are found", arguments: rows)
    func takesApart(_ row: Row) throws {
        let payload = try #require(EventPayload(try json(row.payload)))
        #expect(payload.name == row.name)
        #expect(payload.arguments.map { String(buffer: $0.bytes) } == row.arguments)
        #expect(payload.firstArgument.map { String(buffer: $0.bytes) } == row.arguments.first)
        #expect(String(buffer: payload.rawArguments) == row.raw)
        #expect(String(buffer: payload.payload.bytes) == row.payload)
    }

    @Test(
        "What is no event has no name",
        arguments: ["[]", "[ ]", "[null]", "[[1]]", "[{}]", "[true]", "{}", "1", #""a""#]
    )
    func noEvent(_ text: String) throws {
        #expect(EventPayload(try json(text)) == nil)
    }

    @Test("Only packets that are events have an event's payload")
    func packets() throws {
        let payload = try json(#"["a",1]"#)
        for kind in SocketIOPacket.Kind.allCases {
            let isEvent = kind == .event || kind == .binaryEvent
            #expect((EventPayload(SocketIOPacket(kind: kind, payload: payload)) != nil) == isEvent)
        }
        #expect(EventPayload(SocketIOPacket(kind: .event)) == nil)
    }

    @Test("An acknowledgement's arguments are all of its payload")
    func acknowledgement() throws {
        let ack = SocketIOPacket(kind: .ack, ackID: 1, payload: try json(#"["a",{"b":[1,2]}]"#))
        #expect(ack.acknowledgedArguments == [try json(#""a""#), try json(#"{"b":[1,2]}"#)])
        #expect(SocketIOPacket(kind: .ack, ackID: 1).acknowledgedArguments.isEmpty)
        #expect(SocketIOPacket(kind: .event, payload: try json(#"["a"]"#)).acknowledgedArguments.isEmpty)
    }

    @Test("The parts are found in a buffer whose reader has moved on")
    func movedReader() throws {
        var buffer = ByteBuffer(string: #"422["a",1,2]3"#)
        buffer.moveReaderIndex(forwardBy: 2)
        buffer.moveWriterIndex(to: buffer.writerIndex - 1)
        var decoder = PacketDecoder(revision: .v4)
        let packet = try #require(try decoder.text(buffer))
        let payload = try #require(EventPayload(packet))
        #expect(payload.name == "a")
        #expect(String(buffer: payload.rawArguments) == "1,2")
    }
}
