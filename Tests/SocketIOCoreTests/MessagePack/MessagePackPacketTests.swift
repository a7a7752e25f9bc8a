// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import SocketIOCore
import Testing
import WireJSON

/// Which maps are packets, and which are not.
@Suite struct MessagePackPacketTests {
    /// Writes a map of members given as the JSON of their values.
    static func map(_ members: (String, String)...) -> ByteBuffer {
        var writer = MessagePackWriter()
        writer.writeMapHeader(members.count)
        for (name, json) in members {
            writer.write(name)
            writer.write(json: ByteBuffer(string: json))
        }
        return writer.bytes
    }

    private func decode(
        _ message: ByteBuffer,
        _ revision: ProtocolRevision = .v4,
        _ limits: SocketIOLimits = SocketIOLimits()
    ) throws(PacketError) -> SocketIOPacket? {
        var decoder = Parser.messagePack.makeDecoder(revision: revision, limits: limits)
        return try decoder.binary(message)
    }

    @Test("Members may come in any order and more than once, and others are passed over")
    func members() throws {
        let message = Self.map(
            ("options", #"{"compress":true}"#),
            ("id", "7"),
            ("nsp", #""/x""#),
            ("data", #"["no"]"#),
            ("1", "[[[]]]"),
            ("nsp", #""/admin""#),
            ("data", #"["yes",{"a":1}]"#),
            ("type", "2")
        )
        let expected = SocketIOPacket(
            kind: .event,
            namespace: "/admin",
            ackID: 7,
            payload: try json(#"["yes",{"a":1}]"#)
        )
        #expect(try self.decode(message) == expected)
    }

    @Test("Numbers count by their value, nil and undefined as absent")
    func leniency() throws {
        // {type: 2.0, id: 3.0, nsp: "/", data: ["a"]} with doubles, as encoders write that know no other numbers.
        let doubles = ByteBuffer(
            hexadecimal: "84 a474797065 cb4000000000000000 a26964 cb4008000000000000 a36e7370 a12f a464617461 91a161"
        )
        #expect(try self.decode(doubles) == SocketIOPacket(kind: .event, ackID: 3, payload: json(#"["a"]"#)))
        for nothing in ["c0", "d40000"] {
            let connect = ByteBuffer(
                hexadecimal: "84 a474797065 00 a36e7370 a12f a464617461 \(nothing) a26964 \(nothing)"
            )
            #expect(try self.decode(connect) == SocketIOPacket(kind: .connect))
        }
    }

    @Test(
        "What is no packet is refused",
        arguments: [
            (Self.map(), .invalidType),
            (Self.map(("nsp", #""/""#), ("data", #"["a"]"#)), .invalidType),
            (Self.map(("type", #""a""#), ("nsp", #""/""#), ("data", #"["a"]"#)), .invalidType),
            (Self.map(("type", "null"), ("nsp", #""/""#), ("data", #"["a"]"#)), .invalidType),
            (Self.map(("type", "2.5"), ("nsp", #""/""#), ("data", #"["a"]"#)), .invalidType),
            (Self.map(("type", "5"), ("nsp", #""/""#), ("data", #"["a"]"#)), .unknownType(5)),
            (Self.map(("type", "7"), ("nsp", #""/""#), ("data", #"["a"]"#)), .unknownType(7)),
            (Self.map(("type", "-1"), ("nsp", #""/""#), ("data", #"["a"]"#)), .unknownType(0)),
            (Self.map(("type", "1000"), ("nsp", #""/""#), ("data", #"["a"]"#)), .unknownType(255)),
            (Self.map(("type", "2"), ("data", #"["a"]"#)), .invalidNamespace),
            (Self.map(("type", "2"), ("nsp", "2"), ("data", #"["a"]"#)), .invalidNamespace),
            (Self.map(("type", "2"), ("nsp", "null"), ("data", #"["a"]"#)), .invalidNamespace),
            (Self.map(("type", "2"), ("nsp", #""""#), ("data", #"["a"]"#)), .invalidNamespace),
            (Self.map(("type", "2"), ("nsp", #""admin""#), ("data", #"["a"]"#)), .invalidNamespace),
            (Self.map(("type", "2"), ("nsp", #""/a,b""#), ("data", #"["a"]"#)), .invalidNamespace),
            (Self.map(("type", "2"), ("nsp", "\"/" + String(repeating: "a", count: 128) + "\"")), .namespaceTooLong),
            (Self.map(("type", "2"), ("nsp", #""/""#)), .missingPayload),
            (Self.map(("type", "2"), ("nsp", #""/""#), ("data", "null")), .missingPayload),
            (Self.map(("type", "2"), ("nsp", #""/""#), ("data", "4")), .invalidPayload),
            (Self.map(("type", "2"), ("nsp", #""/""#), ("data", #"{"0":"a"}"#)), .invalidPayload),
            (Self.map(("type", "2"), ("nsp", #""/""#), ("data", "[]")), .invalidEventName),
            (Self.map(("type", "2"), ("nsp", #""/""#), ("data", "[null]")), .invalidEventName),
            (Self.map(("type", "2"), ("nsp", #""/""#), ("data", "[{}]")), .invalidEventName),
            (Self.map(("type", "2"), ("nsp", #""/""#), ("data", #"["connect"]"#)), .reservedEventName),
            (
                Self.map(("type", "2"), ("nsp", #""/""#), ("data", "[\"" + String(repeating: "a", count: 257) + "\"]")),
                .eventNameTooLong
            ),
            (Self.map(("type", "2"), ("nsp", #""/""#), ("data", #"["a"]"#), ("id", #""a""#)), .invalidAckID),
            (Self.map(("type", "2"), ("nsp", #""/""#), ("data", #"["a"]"#), ("id", "-1")), .invalidAckID),
            (Self.map(("type", "2"), ("nsp", #""/""#), ("data", #"["a"]"#), ("id", "0.5")), .invalidAckID),
            (
                Self.map(("type", "2"), ("nsp", #""/""#), ("data", #"["a"]"#), ("id", "10000000000000000")),
                .ackIDTooLong
            ),
            (
                Self.map(("type", "2"), ("nsp", #""/""#), ("data", #"["a"]"#), ("id", "18446744073709551615")),
                .ackIDTooLong
            ),
            (Self.map(("type", "3"), ("nsp", #""/""#), ("data", "[]")), .missingAckID),
            (Self.map(("type", "3"), ("nsp", #""/""#), ("id", "1")), .missingPayload),
            (Self.map(("type", "3"), ("nsp", #""/""#), ("id", "1"), ("data", "{}")), .invalidPayload),
            (Self.map(("type", "0"), ("nsp", #""/""#), ("data", "[]")), .invalidPayload),
            (Self.map(("type", "0"), ("nsp", #""/""#), ("data", #""a""#)), .invalidPayload),
            (Self.map(("type", "0"), ("nsp", #""/""#), ("id", "1")), .unexpectedAckID),
            (Self.map(("type", "1"), ("nsp", #""/""#), ("data", "{}")), .unexpectedPayload),
            (Self.map(("type", "4"), ("nsp", #""/""#)), .missingPayload),
            (Self.map(("type", "4"), ("nsp", #""/""#), ("data", "[]")), .invalidPayload),
            (ByteBuffer(), .empty),
            (ByteBuffer(hexadecimal: "c0"), .invalidMessagePack(MessagePackError(.kind, offset: 0))),
            (ByteBuffer(hexadecimal: "90"), .invalidMessagePack(MessagePackError(.kind, offset: 0))),
            (ByteBuffer(hexadecimal: "c4 01 01"), .invalidMessagePack(MessagePackError(.kind, offset: 0))),
            (ByteBuffer(string: #"2["a"]"#), .invalidMessagePack(MessagePackError(.kind, offset: 0))),
            (ByteBuffer(hexadecimal: "81 01 01"), .invalidMessagePack(MessagePackError(.key, offset: 2))),
            (ByteBuffer(hexadecimal: "80 c0"), .invalidMessagePack(MessagePackError(.trailing, offset: 1))),
        ] as [(ByteBuffer, PacketError)]
    )
    func malformed(_ message: ByteBuffer, _ error: PacketError) {
        #expect(throws: error) { try self.decode(message) }
    }

    @Test("Binary data belongs to events and acknowledgements")
    func binary() throws {
        // {type: T, nsp: "/", id: 1, data: …}
        let ack = ByteBuffer(hexadecimal: "84 a474797065 03 a36e7370 a12f a26964 01 a464617461 91 c40109")
        #expect(
            try self.decode(ack)
                == SocketIOPacket(
                    kind: .binaryAck,
                    ackID: 1,
                    payload: try json(#"[{"_placeholder":true,"num":0}]"#),
                    attachments: [ByteBuffer(bytes: [9])]
                )
        )
        for type in ["00", "04"] {
            let message = ByteBuffer(hexadecimal: "83 a474797065 \(type) a36e7370 a12f a464617461 81 a161 c40109")
            #expect(throws: PacketError.invalidPayload) { try self.decode(message) }
        }
        #expect(throws: PacketError.invalidEventName) {
            try self.decode(ByteBuffer(hexadecimal: "83 a474797065 02 a36e7370 a12f a464617461 91 c40161"))
        }
        // The first data is not the packet's, nor are its attachments.
        let twice = ByteBuffer(
            hexadecimal: "84 a474797065 02 a36e7370 a12f a464617461 92 a161 c40161 a464617461 91 a162"
        )
        #expect(try self.decode(twice) == SocketIOPacket(kind: .event, payload: json(#"["b"]"#)))
    }

    @Test(
        "An object that looks like a placeholder is data, but not next to binary data",
        arguments: [
            #"{"_placeholder":true,"num":0}"#, #"{"_placeholder":true,"num":1}"#, #"{"_placeholder":true}"#,
            #"{"a":[{"num":-1,"_placeholder":true}]}"#,
        ]
    )
    func placeholders(_ object: String) throws {
        let message = { (binary: String) in
            var writer = MessagePackWriter()
            writer.write(json: ByteBuffer(string: object))
            return ByteBuffer(
                hexadecimal: "83 a474797065 02 a36e7370 a12f a464617461 93 a161" + writer.bytes.hexadecimal + binary
            )
        }
        let packet = try self.decode(message("c0"))
        #expect(packet == SocketIOPacket(kind: .event, payload: try json(#"["a",\#(object),null]"#)))
        #expect(throws: PacketError.invalidPlaceholder) { try self.decode(message("c40101")) }
    }

    @Test("After an error nothing is decoded any more")
    func failed() throws {
        var decoder = Parser.messagePack.makeDecoder(revision: .v4)
        let good = Self.map(("type", "2"), ("nsp", #""/""#), ("data", #"["a"]"#))
        #expect(try decoder.binary(good) != nil)
        #expect(throws: PacketError.invalidType) { try decoder.binary(Self.map()) }
        #expect(throws: PacketError.invalidType) { try decoder.binary(good) }
        #expect(throws: PacketError.invalidType) { try decoder.text(ByteBuffer(string: "2")) }
        #expect(!decoder.isAwaitingAttachments)
    }

    @Test("A text is an error", arguments: ["", #"2["a"]"#, "0", #"{"type":0,"nsp":"/"}"#])
    func text(_ text: String) {
        var decoder = Parser.messagePack.makeDecoder(revision: .v4)
        #expect(throws: PacketError.unexpectedText) { try decoder.text(ByteBuffer(string: text)) }
    }

    @Test(
        "Clients of v2 open and close namespaces in JSON, the query behind the name",
        arguments: [
            (#"{"type":0,"nsp":"/admin"}"#, SocketIOPacket(kind: .connect, namespace: "/admin")),
            (
                #"{"type":0,"query":"token=a","nsp":"/admin?token=a&b=?"}"#,
                SocketIOPacket(kind: .connect, namespace: "/admin", connectQuery: "token=a&b=?")
            ),
            (#"{"type":0,"nsp":"/admin?"}"#, SocketIOPacket(kind: .connect, namespace: "/admin", connectQuery: "")),
            (#" {"nsp":"\/é","type":1,"data":null,"id":null} "#, SocketIOPacket(kind: .disconnect, namespace: "/é")),
            (#"{"type":1,"nsp":"/admin?token=a"}"#, SocketIOPacket(kind: .disconnect, namespace: "/admin")),
        ]
    )
    func revision3(_ text: String, _ expected: SocketIOPacket) throws {
        var decoder = Parser.messagePack.makeDecoder(revision: .v3)
        #expect(try decoder.text(ByteBuffer(string: text)) == expected)
        if expected.kind == .connect {
            let binary = Self.map(
                ("type", "0"),
                ("nsp", "\"\(expected.namespace)\(expected.connectQuery.map { "?" + $0 } ?? "")\"")
            )
            #expect(try decoder.binary(binary) == expected)
        }
    }

    @Test(
        "Texts of v2 clients that are no packet are refused",
        arguments: [
            ("", .empty), ("0", .invalidType), (#"2["a"]"#, .invalidJSON(JSONError(.trailing, offset: 1))),
            (#"{"type":2,"nsp":"/","data":["a"]}"#, .unexpectedText), (#"{"nsp":"/"}"#, .invalidType),
            (#"{"type":"0","nsp":"/"}"#, .invalidType), (#"{"type":7,"nsp":"/"}"#, .unknownType(7)),
            (#"{"type":0}"#, .invalidNamespace), (#"{"type":0,"nsp":1}"#, .invalidNamespace),
            (#"{"type":0,"nsp":"a"}"#, .invalidNamespace), (#"{"type":0,"nsp":"/","data":{}}"#, .unexpectedPayload),
            (#"{"type":0,"nsp":"/","id":1}"#, .unexpectedAckID), (#"{"type":0,"nsp":"/","id":-1}"#, .invalidAckID),
            ("{\"type\":0,\"nsp\":\"/" + String(repeating: "a", count: 128) + "\"}", .namespaceTooLong),
        ] as [(String, PacketError)]
    )
    func malformedRevision3(_ text: String, _ error: PacketError) {
        var decoder = Parser.messagePack.makeDecoder(revision: .v3)
        #expect(throws: error) { try decoder.text(ByteBuffer(string: text)) }
    }
}
