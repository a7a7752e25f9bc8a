// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import SocketIOCore
import Testing

/// Forms that no text shows but clients send, or that the reference takes.
@Suite struct PacketLeniencyTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var name: String
        var wire: [Message]
        var revision = ProtocolRevision.v4
        var kind: SocketIOPacket.Kind
        var namespace = "/"
        var query: String?
        var id: UInt64?
        var payload: String?

        var testDescription: String { self.name }
    }

    static let rows: [Row] = [
        Row(name: "no comma after the namespace", wire: ["0/admin"], kind: .connect, namespace: "/admin"),
        Row(name: "no comma on leaving", wire: ["1/admin"], kind: .disconnect, namespace: "/admin"),
        Row(name: "the main namespace by name", wire: [#"2/,["a"]"#], kind: .event, payload: #"["a"]"#),
        Row(
            name: "v3: no comma after the query",
            wire: ["0/a?b=c"],
            revision: .v3,
            kind: .connect,
            namespace: "/a",
            query: "b=c"
        ),
        Row(name: "v3: an empty query", wire: ["0/a?,"], revision: .v3, kind: .connect, namespace: "/a", query: ""),
        Row(
            name: "v3: the second ? belongs to the query",
            wire: ["0/a?b?c,"],
            revision: .v3,
            kind: .connect,
            namespace: "/a",
            query: "b?c"
        ),
        Row(
            name: "v3: a query outside CONNECT is dropped",
            wire: ["1/a?b=c,"],
            revision: .v3,
            kind: .disconnect,
            namespace: "/a"
        ),
        Row(name: "v4: ? is a character", wire: ["0/a?b=c,"], kind: .connect, namespace: "/a?b=c"),
        Row(name: "v3: ack without payload", wire: ["3/a,12"], revision: .v3, kind: .ack, namespace: "/a", id: 12),
        Row(name: "v3: refusal without payload", wire: ["4/a,"], revision: .v3, kind: .connectError, namespace: "/a"),
        Row(name: "v3: refusal with any data", wire: ["4[1]"], revision: .v3, kind: .connectError, payload: "[1]"),
        Row(name: "v4: refusal as text", wire: [#"4"no""#], kind: .connectError, payload: #""no""#),
        Row(name: "id with leading zeros", wire: [#"2007["a"]"#], kind: .event, id: 7, payload: #"["a"]"#),
        Row(name: "white space inside", wire: ["2[ \"a\" ,\t1 ]\n"], kind: .event, payload: "[ \"a\" ,\t1 ]"),
        Row(name: "a number as name", wire: ["2[1]"], kind: .event, payload: "[1]"),
        Row(name: "an empty name", wire: [#"2[""]"#], kind: .event, payload: #"[""]"#),
        Row(
            name: "a namespace outside ASCII",
            wire: [#"2/é😀,["a"]"#],
            kind: .event,
            namespace: "/é😀",
            payload: #"["a"]"#
        ),
        Row(
            name: "keys named __proto__",
            wire: [#"2["a",{"__proto__":1,"__proto__":2}]"#],
            kind: .event,
            payload: #"["a",{"__proto__":1,"__proto__":2}]"#
        ),
        Row(
            name: "a placeholder without attachments is data",
            wire: [#"2["a",{"_placeholder":true,"num":9}]"#],
            kind: .event,
            payload: #"["a",{"_placeholder":true,"num":9}]"#
        ),
    ]

    @Test("A form that clients send is understood", arguments: rows)
    func understands(_ row: Row) throws {
        let expected = SocketIOPacket(
            kind: row.kind,
            namespace: row.namespace,
            connectQuery: row.query,
            ackID: row.id,
            payload: try row.payload.map(json)
        )
        #expect(try PacketDecoder.decode(row.wire, revision: row.revision) == [expected])
    }

    @Test("An attachment that no placeholder names is delivered all the same")
    func unreferencedAttachment() throws {
        let packets = try PacketDecoder.decode([#"51-["a"]"#, [1]])
        #expect(packets.map(\.attachments) == [[ByteBuffer(bytes: [1])]])
    }

    @Test("Placeholders may come in any order, and the attachments keep theirs")
    func placeholdersInAnyOrder() throws {
        let text = #"52-["a",{"num":1,"_placeholder":true},{"x":[{"_placeholder":true,"num":0}]}]"#
        let packets = try PacketDecoder.decode([.text(text), [1], [2]])
        #expect(packets.map(\.attachments) == [[ByteBuffer(bytes: [1]), ByteBuffer(bytes: [2])]])
    }
}
