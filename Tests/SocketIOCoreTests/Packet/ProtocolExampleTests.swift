// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import SocketIOCore
import Testing

/// Every example of the protocol texts: what the packet is, and what the wire carries.
@Suite struct ProtocolExampleTests {
    struct Example: Sendable, CustomTestStringConvertible {
        var revision: ProtocolRevision
        var kind: SocketIOPacket.Kind
        var namespace = "/"
        var query: String?
        var id: UInt64?
        var payload: String?
        var wire: [Message]

        var testDescription: String { "\(self.revision) \(self.wire)" }

        func packet() throws -> SocketIOPacket {
            var attachments: [ByteBuffer] = []
            for case .binary(let bytes) in self.wire { attachments.append(ByteBuffer(bytes: bytes)) }
            return SocketIOPacket(
                kind: self.kind,
                namespace: self.namespace,
                connectQuery: self.query,
                ackID: self.id,
                payload: try self.payload.map(json),
                attachments: attachments
            )
        }
    }

    /// Socket.IO protocol v5: "Packet encoding", "Exchange protocol" and "Sample session", in the order of the text.
    static let version5: [Example] = [
        Example(revision: .v4, kind: .connect, wire: ["0"]),
        Example(
            revision: .v4,
            kind: .connect,
            namespace: "/admin",
            payload: #"{"sid":"oSO0OpakMV_3jnilAAAA"}"#,
            wire: [#"0/admin,{"sid":"oSO0OpakMV_3jnilAAAA"}"#]
        ),
        Example(
            revision: .v4,
            kind: .connectError,
            payload: #"{"message":"Not authorized"}"#,
            wire: [#"4{"message":"Not authorized"}"#]
        ),
        Example(revision: .v4, kind: .event, payload: #"["foo"]"#, wire: [#"2["foo"]"#]),
        Example(revision: .v4, kind: .event, namespace: "/admin", payload: #"["bar"]"#, wire: [#"2/admin,["bar"]"#]),
        Example(
            revision: .v4,
            kind: .binaryEvent,
            payload: #"["baz",{"_placeholder":true,"num":0}]"#,
            wire: [#"51-["baz",{"_placeholder":true,"num":0}]"#, [1, 2, 3, 4]]
        ),
        Example(
            revision: .v4,
            kind: .binaryEvent,
            namespace: "/admin",
            payload: #"["baz",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#,
            wire: [#"52-/admin,["baz",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#, [1, 2], [3, 4]]
        ),
        Example(revision: .v4, kind: .event, id: 12, payload: #"["foo"]"#, wire: [#"212["foo"]"#]),
        Example(
            revision: .v4,
            kind: .ack,
            namespace: "/admin",
            id: 13,
            payload: #"["bar"]"#,
            wire: [#"3/admin,13["bar"]"#]
        ),
        Example(
            revision: .v4,
            kind: .binaryAck,
            id: 15,
            payload: #"["bar",{"_placeholder":true,"num":0}]"#,
            wire: [#"61-15["bar",{"_placeholder":true,"num":0}]"#, [1, 2, 3, 4]]
        ),
        Example(revision: .v4, kind: .disconnect, wire: ["1"]),
        Example(revision: .v4, kind: .disconnect, namespace: "/admin", wire: ["1/admin,"]),

        Example(
            revision: .v4,
            kind: .connect,
            payload: #"{"sid":"wZX3oN0bSVIhsaknAAAI"}"#,
            wire: [#"0{"sid":"wZX3oN0bSVIhsaknAAAI"}"#]
        ),
        Example(
            revision: .v4,
            kind: .connect,
            namespace: "/admin",
            payload: #"{"token":"123"}"#,
            wire: [#"0/admin,{"token":"123"}"#]
        ),
        Example(revision: .v4, kind: .ack, id: 12, payload: "[]", wire: ["312[]"]),
        Example(
            revision: .v4,
            kind: .event,
            namespace: "/admin",
            id: 13,
            payload: #"["foo"]"#,
            wire: [#"2/admin,13["foo"]"#]
        ),
        Example(
            revision: .v4,
            kind: .binaryEvent,
            id: 14,
            payload: #"["foo",{"_placeholder":true,"num":0}]"#,
            wire: [#"51-14["foo",{"_placeholder":true,"num":0}]"#, [1, 2, 3, 4]]
        ),

        Example(revision: .v4, kind: .event, payload: #"["hey","Jude"]"#, wire: [#"2["hey","Jude"]"#]),
        Example(revision: .v4, kind: .event, payload: #"["hello"]"#, wire: [#"2["hello"]"#]),
        Example(revision: .v4, kind: .connect, namespace: "/admin", wire: ["0/admin,"]),
        Example(
            revision: .v4,
            kind: .event,
            namespace: "/admin",
            id: 1,
            payload: #"["tellme"]"#,
            wire: [#"2/admin,1["tellme"]"#]
        ),
        Example(
            revision: .v4,
            kind: .binaryAck,
            namespace: "/admin",
            id: 1,
            payload: #"[{"_placeholder":true,"num":0}]"#,
            wire: [#"61-/admin,1[{"_placeholder":true,"num":0}]"#, [9]]
        ),
    ]

    /// Socket.IO protocol v4: "Packet types", "Packet encoding" and "Sample session", in the order of the text.
    static let version4: [Example] = [
        Example(revision: .v3, kind: .connect, wire: ["0"]),
        Example(revision: .v3, kind: .connect, namespace: "/admin", wire: ["0/admin,"]),
        Example(
            revision: .v3,
            kind: .connect,
            namespace: "/admin",
            query: "token=1234&uid=abcd",
            wire: ["0/admin?token=1234&uid=abcd,"]
        ),
        Example(revision: .v3, kind: .disconnect, namespace: "/admin", wire: ["1/admin,"]),
        Example(revision: .v3, kind: .event, payload: #"["hello",1]"#, wire: [#"2["hello",1]"#]),
        Example(
            revision: .v3,
            kind: .event,
            namespace: "/admin",
            id: 456,
            payload: #"["project:delete",123]"#,
            wire: [#"2/admin,456["project:delete",123]"#]
        ),
        Example(revision: .v3, kind: .ack, namespace: "/admin", id: 456, payload: "[]", wire: ["3/admin,456[]"]),
        Example(
            revision: .v3,
            kind: .connectError,
            namespace: "/admin",
            payload: #""Not authorized""#,
            wire: [#"4/admin,"Not authorized""#]
        ),
        Example(
            revision: .v3,
            kind: .binaryEvent,
            payload: #"["hello",{"_placeholder":true,"num":0}]"#,
            wire: [#"51-["hello",{"_placeholder":true,"num":0}]"#, [1, 2, 3]]
        ),
        Example(
            revision: .v3,
            kind: .binaryEvent,
            namespace: "/admin",
            id: 456,
            payload: #"["project:delete",{"_placeholder":true,"num":0}]"#,
            wire: [#"51-/admin,456["project:delete",{"_placeholder":true,"num":0}]"#, [1, 2, 3]]
        ),
        Example(
            revision: .v3,
            kind: .binaryAck,
            namespace: "/admin",
            id: 456,
            payload: #"[{"_placeholder":true,"num":0}]"#,
            wire: [#"61-/admin,456[{"_placeholder":true,"num":0}]"#, [3, 2, 1]]
        ),
        Example(revision: .v3, kind: .event, payload: #"["hey","Jude"]"#, wire: [#"2["hey","Jude"]"#]),
        Example(revision: .v3, kind: .event, payload: #"["world"]"#, wire: [#"2["world"]"#]),
        Example(
            revision: .v3,
            kind: .event,
            namespace: "/admin",
            id: 1,
            payload: #"["tellme"]"#,
            wire: [#"2/admin,1["tellme"]"#]
        ),
    ]

    @Test("An example of the text is decoded as it says", arguments: version5 + version4)
    func decodes(_ example: Example) throws {
        let packets = try PacketDecoder.decode(example.wire, revision: example.revision)
        #expect(packets == [try example.packet()])
    }

    @Test("An example of the text is encoded as it says", arguments: version5 + version4)
    func encodes(_ example: Example) throws {
        let message = PacketEncoder.encode(try example.packet(), revision: example.revision)
        #expect(message.messages == example.wire)
    }
}
