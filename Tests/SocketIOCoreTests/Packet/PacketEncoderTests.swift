// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import SocketIOCore
import Testing

@Suite struct PacketEncoderTests {
    private func raw(_ text: String) -> ByteBuffer { ByteBuffer(string: text) }

    @Test("Events are written around raw arguments")
    func events() {
        #expect(PacketEncoder.event("a").messages == [#"2["a"]"#])
        #expect(PacketEncoder.event("a", arguments: raw("1,{}")).messages == [#"2["a",1,{}]"#])
        #expect(PacketEncoder.event("a", arguments: raw("1"), namespace: "/n").messages == [#"2/n,["a",1]"#])
        #expect(PacketEncoder.event("a", arguments: raw("1"), namespace: "/n", ackID: 0).messages == [#"2/n,0["a",1]"#])
        #expect(PacketEncoder.event("a", ackID: .max).messages == [#"218446744073709551615["a"]"#])
    }

    @Test("An event's name is escaped as JSON demands")
    func eventNames() {
        #expect(PacketEncoder.event("a\"\\\n\u{1}é").messages == [#"2["a\"\\\n\u0001é"]"#])
        #expect(PacketEncoder.event("").messages == [#"2[""]"#])
    }

    @Test("Attachments make an event or acknowledgement binary")
    func attachments() {
        let attachments = [ByteBuffer(bytes: [1]), ByteBuffer(bytes: [2])]
        let event = PacketEncoder.event("a", arguments: raw("0"), namespace: "/n", ackID: 3, attachments: attachments)
        #expect(event.messages == [#"52-/n,3["a",0]"#, [1], [2]])
        let ack = PacketEncoder.ack(3, arguments: raw("0"), namespace: "/n", attachments: attachments)
        #expect(ack.messages == ["62-/n,3[0]", [1], [2]])
    }

    @Test("Acknowledgements are written around raw arguments")
    func acknowledgements() {
        #expect(PacketEncoder.ack(0).messages == ["30[]"])
        #expect(
            PacketEncoder.ack(12, arguments: raw(#""bar",1"#), namespace: "/admin").messages == [
                #"3/admin,12["bar",1]"#
            ]
        )
    }

    @Test("Writing into a buffer appends to it")
    func appending() {
        var buffer = raw("x")
        PacketEncoder.writeEvent("a", arguments: raw("1"), namespace: "/", ackID: 2, attachmentCount: 0, into: &buffer)
        PacketEncoder.writeAck(3, arguments: raw("4"), namespace: "/n", attachmentCount: 5, into: &buffer)
        #expect(String(buffer: buffer) == #"x22["a",1]65-/n,3[4]"#)
    }

    @Test("Arguments are taken from the readable bytes alone")
    func readableBytes() {
        var arguments = raw("xx1,2yy")
        arguments.moveReaderIndex(forwardBy: 2)
        arguments.moveWriterIndex(to: arguments.writerIndex - 2)
        #expect(PacketEncoder.event("a", arguments: arguments).messages == [#"2["a",1,2]"#])
        #expect(PacketEncoder.ack(1, arguments: arguments).messages == ["31[1,2]"])
    }

    @Test("Access is granted with the ids in Engine.IO 4, and without a word in 3")
    func connect() {
        #expect(PacketEncoder.connect(sid: "S", revision: .v4).messages == [#"0{"sid":"S"}"#])
        #expect(PacketEncoder.connect(sid: "S", namespace: "/n", revision: .v4).messages == [#"0/n,{"sid":"S"}"#])
        #expect(PacketEncoder.connect(sid: "S", pid: "P", revision: .v4).messages == [#"0{"sid":"S","pid":"P"}"#])
        #expect(PacketEncoder.connect(sid: "S", pid: "P", revision: .v3).messages == ["0"])
        #expect(PacketEncoder.connect(sid: "S", namespace: "/n", revision: .v3).messages == ["0/n,"])
    }

    struct Refusal: Sendable {
        var data: String?
        var version4: Message
        var version3: Message

        init(data: String?, _ version4: Message, _ version3: Message) {
            self.data = data
            self.version4 = version4
            self.version3 = version3
        }
    }

    static let refusals: [Refusal] = [
        Refusal(data: nil, #"4/n,{"message":"no"}"#, #"4/n,"no""#),
        Refusal(data: #"{"code":"E"}"#, #"4/n,{"message":"no","data":{"code":"E"}}"#, #"4/n,{"code":"E"}"#),
        Refusal(data: #""why""#, #"4/n,{"message":"no","data":"why"}"#, #"4/n,"why""#),
        Refusal(data: "[]", #"4/n,{"message":"no","data":[]}"#, "4/n,[]"),
        Refusal(data: "true", #"4/n,{"message":"no","data":true}"#, "4/n,true"),
        Refusal(data: "null", #"4/n,{"message":"no","data":null}"#, #"4/n,"no""#),
        Refusal(data: "false", #"4/n,{"message":"no","data":false}"#, #"4/n,"no""#),
        Refusal(data: "0", #"4/n,{"message":"no","data":0}"#, #"4/n,"no""#),
        Refusal(data: #""""#, #"4/n,{"message":"no","data":""}"#, #"4/n,"no""#),
    ]

    @Test("A middleware's refusal", arguments: refusals)
    func refusal(_ row: Refusal) throws {
        let data = try row.data.map(json)
        for (revision, expected) in [(ProtocolRevision.v4, row.version4), (.v3, row.version3)] {
            let message = PacketEncoder.connectError(message: "no", data: data, namespace: "/n", revision: revision)
            #expect(message.messages == [expected])
        }
    }

    @Test("A refusal of the main namespace, outside ASCII")
    func refusalOutsideASCII() throws {
        let data = try json(#"{"code":"E_AUTH","details":"é😀"}"#)
        let message = PacketEncoder.connectError(message: "not \"authorized\"", data: data, revision: .v4)
        #expect(message.messages == [#"4{"message":"not \"authorized\"","data":{"code":"E_AUTH","details":"é😀"}}"#])
    }

    @Test("An unknown namespace is refused alike in both revisions")
    func invalidNamespace() {
        #expect(PacketEncoder.invalidNamespace("/random").messages == [#"4/random,{"message":"Invalid namespace"}"#])
    }

    @Test("Disconnects")
    func disconnect() {
        #expect(PacketEncoder.disconnect().messages == ["1"])
        #expect(PacketEncoder.disconnect(namespace: "/admin").messages == ["1/admin,"])
    }

    @Test("The query of a CONNECT is for Engine.IO 3, also to the main namespace")
    func connectQuery() {
        var packet = SocketIOPacket(kind: .connect, namespace: "/n", connectQuery: "a=b")
        #expect(PacketEncoder.encode(packet, revision: .v3).messages == ["0/n?a=b,"])
        #expect(PacketEncoder.encode(packet, revision: .v4).messages == ["0/n,"])
        packet.namespace = "/"
        #expect(PacketEncoder.encode(packet, revision: .v3).messages == ["0/?a=b,"])
        packet.kind = .disconnect
        #expect(PacketEncoder.encode(packet, revision: .v3).messages == ["1"])
    }

    @Test("The attachments decide the type on the wire, not the kind")
    func kindFollowsAttachments() throws {
        let payload = try json(#"["a"]"#)
        let attachments = [ByteBuffer(bytes: [1])]
        var packet = SocketIOPacket(kind: .binaryEvent, payload: payload)
        #expect(PacketEncoder.encode(packet, revision: .v4).messages == [#"2["a"]"#])
        packet = SocketIOPacket(kind: .event, payload: payload, attachments: attachments)
        #expect(PacketEncoder.encode(packet, revision: .v4).messages == [#"51-["a"]"#, [1]])
        packet = SocketIOPacket(kind: .binaryAck, ackID: 1, payload: payload)
        #expect(PacketEncoder.encode(packet, revision: .v4).messages == [#"31["a"]"#])
        packet = SocketIOPacket(kind: .disconnect, attachments: attachments)
        #expect(PacketEncoder.encode(packet, revision: .v4).messages == ["1"])
    }
}
