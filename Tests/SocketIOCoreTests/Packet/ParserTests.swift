// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import SocketIOCore
import Testing
import WireJSON

@Suite struct ParserTests {
    private func raw(_ text: String) -> ByteBuffer { ByteBuffer(string: text) }

    private func binary(_ bytes: String) -> EngineMessage { EngineMessage(binary: ByteBuffer(hexadecimal: bytes)) }

    @Test("The JSON parser is the packet encoder", arguments: ProtocolRevision.allCases)
    func json(revision: ProtocolRevision) throws {
        let parser = Parser.json
        let attachments = [ByteBuffer(bytes: [1])]
        let data = try SocketIOCoreTests.json("[1]")
        #expect(
            parser.event("a", arguments: raw("1"), namespace: "/n", ackID: 3, attachments: attachments)
                == PacketEncoder.event("a", arguments: raw("1"), namespace: "/n", ackID: 3, attachments: attachments)
        )
        #expect(
            parser.ack(3, arguments: raw("1"), namespace: "/n", attachments: attachments)
                == PacketEncoder.ack(3, arguments: raw("1"), namespace: "/n", attachments: attachments)
        )
        #expect(
            parser.connect(sid: "S", pid: "P", namespace: "/n", revision: revision)
                == PacketEncoder.connect(sid: "S", pid: "P", namespace: "/n", revision: revision)
        )
        #expect(
            parser.connectError(message: "no", data: data, namespace: "/n", revision: revision)
                == PacketEncoder.connectError(message: "no", data: data, namespace: "/n", revision: revision)
        )
        #expect(parser.invalidNamespace("/n", revision: revision) == PacketEncoder.invalidNamespace("/n"))
        #expect(parser.disconnect(namespace: "/n", revision: revision) == PacketEncoder.disconnect(namespace: "/n"))
        let packet = SocketIOPacket(kind: .connect, namespace: "/n", connectQuery: "a=b")
        #expect(parser.encode(packet, revision: revision) == PacketEncoder.encode(packet, revision: revision))
    }

    @Test("The JSON parser's decoder waits for attachments")
    func jsonDecoder() throws {
        var decoder = Parser.json.makeDecoder(revision: .v4)
        #expect(try decoder.text(raw(#"51-["a",{"_placeholder":true,"num":0}]"#)) == nil)
        #expect(decoder.isAwaitingAttachments)
        let packet = try decoder.binary(ByteBuffer(bytes: [1]))
        #expect(packet?.kind == .binaryEvent)
        #expect(packet?.attachments == [ByteBuffer(bytes: [1])])
        #expect(!decoder.isAwaitingAttachments)
        #expect(throws: PacketError.unexpectedBinary) { try decoder.binary(ByteBuffer(bytes: [1])) }
        #expect(throws: PacketError.unexpectedBinary) { try decoder.text(raw("1")) }
    }

    @Test("Decoders keep the limits they are given", arguments: Parser.allCases)
    func limits(parser: Parser) {
        let limits = SocketIOLimits(maximumEventNameBytes: 3)
        let message = parser.event("abcd")
        var decoder = parser.makeDecoder(revision: .v4, limits: limits)
        #expect(throws: PacketError.eventNameTooLong) {
            if let text = message.text { _ = try decoder.text(text) }
            for attachment in message.attachments { _ = try decoder.binary(attachment) }
        }
    }

    @Test("MessagePack events and acknowledgements")
    func messagePackEvents() {
        let parser = Parser.messagePack
        #expect(parser.event("a") == binary("83 a474797065 02 a464617461 91a161 a36e7370 a12f"))
        #expect(
            parser.event("é", arguments: raw(#"1,{"b":[]}"#), namespace: "/n", ackID: 300)
                == binary("84 a474797065 02 a464617461 93a2c3a90181a16290 a36e7370 a22f6e a26964 cd012c")
        )
        #expect(parser.ack(0) == binary("84 a474797065 03 a464617461 90 a36e7370 a12f a26964 00"))
        let attachments = [ByteBuffer(bytes: [1, 2])]
        #expect(
            parser.event("a", arguments: raw(#"{"_placeholder":true,"num":0}"#), attachments: attachments)
                == binary("83 a474797065 02 a464617461 92a161c4020102 a36e7370 a12f")
        )
        #expect(
            parser.ack(7, arguments: raw(#"[{"_placeholder":true,"num":0}],"x""#), attachments: attachments)
                == binary("84 a474797065 03 a464617461 9291c4020102a178 a36e7370 a12f a26964 07")
        )
    }

    @Test("MessagePack access, refusal and end, for later clients in binary")
    func messagePackConnection() throws {
        let parser = Parser.messagePack
        #expect(
            parser.connect(sid: "S", namespace: "/n", revision: .v4)
                == binary("83 a474797065 00 a464617461 81a3736964a153 a36e7370 a22f6e")
        )
        #expect(
            parser.connect(sid: "S", pid: "P", revision: .v4)
                == binary("83 a474797065 00 a464617461 82a3736964a153a3706964a150 a36e7370 a12f")
        )
        #expect(
            parser.connectError(message: "no", data: try SocketIOCoreTests.json("[1]"), revision: .v4)
                == binary("83 a474797065 04 a464617461 82a76d657373616765a26e6fa464617461" + "9101 a36e7370 a12f")
        )
        #expect(
            parser.invalidNamespace("/x", revision: .v4)
                == binary(
                    "83 a474797065 04 a464617461 81a76d657373616765b1496e76616c6964206e616d657370616365 a36e7370 a22f78"
                )
        )
        #expect(parser.disconnect(revision: .v4) == binary("82 a474797065 01 a36e7370 a12f"))
    }

    @Test("MessagePack access, refusal and end, for v2 clients in JSON")
    func messagePackRevision3() throws {
        let parser = Parser.messagePack
        #expect(parser.connect(sid: "S", pid: "P", revision: .v3).messages == [#"{"type":0,"nsp":"/"}"#])
        #expect(
            parser.connectError(message: "no", namespace: "/é", revision: .v3).messages
                == [#"{"type":4,"data":"no","nsp":"/é"}"#]
        )
        let data = try SocketIOCoreTests.json(#"{"a":1}"#)
        #expect(
            parser.connectError(message: "no", data: data, revision: .v3).messages
                == [#"{"type":4,"data":{"a":1},"nsp":"/"}"#]
        )
        #expect(
            parser.invalidNamespace("/x", revision: .v3).messages
                == [#"{"type":4,"data":{"message":"Invalid namespace"},"nsp":"/x"}"#]
        )
        #expect(parser.disconnect(namespace: "/n", revision: .v3).messages == [#"{"type":1,"nsp":"/n"}"#])
    }
}
