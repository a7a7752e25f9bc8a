// Licensed under the MIT licence.

import SocketIOCore
import SocketIOTesting
import Testing

@Suite struct NamespaceTableTests {
    /// What a conversation does to the table, one line each: `packet namespace == action`, or what the server decides.
    private static func replay(_ lines: [String], namespaces: Int = 4, refusals: Int = 2) -> [String] {
        var table = NamespaceTable(maximumNamespaces: namespaces, maximumRefusals: refusals)
        return lines.map { line in
            let words = line.prefix { $0 != "=" }.split(separator: " ").map(String.init)
            let outcome =
                switch words[0] {
                case "unasked": table.joinedUnasked(words[1]) as Any
                case "accepted": table.accepted(words[1])
                case "refused": table.refused(words[1])
                case "left": table.left(words[1])
                case "anywhere": table.isConnectedAnywhere
                default:
                    table.received(SocketIOPacket(kind: Self.kinds[words[0]] ?? .connectError, namespace: words[1]))
                }
            let result = outcome is Void ? "" : " == \(outcome)"
            return words.joined(separator: " ") + result
        }
    }

    private static let kinds: [String: SocketIOPacket.Kind] = [
        "connect": .connect, "disconnect": .disconnect, "event": .event, "binaryEvent": .binaryEvent, "ack": .ack,
        "binaryAck": .binaryAck, "connectError": .connectError,
    ]

    @Test(
        "Conversations",
        arguments: [
            // A whole life.
            [
                "anywhere == false", "connect / == connect", "anywhere == false", "accepted / == true",
                "anywhere == true",
                "event / == dispatch", "binaryEvent / == dispatch", "ack / == dispatch", "binaryAck / == dispatch",
                "disconnect / == disconnect", "anywhere == false",
            ],
            // Nothing before CONNECT.
            ["event / == close"], ["binaryEvent / == close"], ["ack / == close"], ["binaryAck / == close"],
            ["disconnect / == close"],
            // Nothing before the answer, and no second CONNECT.
            ["connect / == connect", "event / == close"],
            ["connect / == connect", "ack / == close"],
            ["connect / == connect", "disconnect / == close"],
            ["connect / == connect", "connect / == close"],
            ["connect / == connect", "accepted / == true", "connect / == close"],
            // A client sends no refusals.
            ["connectError / == close"],
            ["connect / == connect", "accepted / == true", "connectError / == close"],
            // After the client has left: ignored, and it may come back.
            [
                "connect / == connect", "accepted / == true", "disconnect / == disconnect", "event / == ignore",
                "ack / == ignore", "disconnect / == ignore", "connect / == connect", "event / == close",
            ],
            // After the server has put it out: the same.
            [
                "connect / == connect", "accepted / == true", "left /", "binaryEvent / == ignore",
                "disconnect / == ignore",
                "connect / == connect", "accepted / == true", "event / == dispatch",
            ],
            // A refused namespace is not left behind.
            [
                "connect /a == connect", "refused /a == false", "event /a == close", "connect /a == connect",
                "accepted /a == true",
            ],
            // The decision comes when nobody waits for it.
            ["accepted / == false", "connect / == connect", "accepted / == true", "accepted / == false"],
            // Refusals count over all namespaces, acceptance does not forgive them.
            [
                "connect /a == connect", "refused /a == false", "connect /b == connect", "refused /b == false",
                "connect /c == connect", "accepted /c == true", "connect /a == connect", "refused /a == true",
            ],
            // Namespaces are apart.
            [
                "connect /a == connect", "accepted /a == true", "event /b == close", "connect /b == connect",
                "event /a == dispatch", "left /a", "anywhere == false", "accepted /b == true", "anywhere == true",
            ],
            // Joined unasked.
            ["unasked /", "connect / == close"],
            ["unasked /", "event / == close"],
            ["unasked /", "accepted / == true", "event / == dispatch", "connect / == close"],
            // The cap counts what is pending, connected and left; who is known may come back.
            [
                "connect /a == connect", "connect /b == connect", "connect /c == connect", "connect /d == connect",
                "connect /e == close",
            ],
            [
                "connect /a == connect", "accepted /a == true", "left /a", "connect /b == connect",
                "connect /c == connect",
                "connect /d == connect", "connect /a == connect", "connect /e == close",
            ],
            [
                "connect /a == connect", "connect /b == connect", "connect /c == connect", "connect /d == connect",
                "refused /d == false", "connect /e == connect",
            ],
        ]
    )
    func conversation(_ lines: [String]) {
        #expect(Self.replay(lines) == lines)
    }

    @Test(
        "Random packets and decisions: an event is dispatched only while its namespace is connected",
        arguments: 0..<50 as Range<UInt64>
    )
    func random(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var table = NamespaceTable(maximumNamespaces: 3, maximumRefusals: .max)
        var connected: Set<String> = []
        var pending: Set<String> = []
        for _ in 0..<500 {
            let name = ["/", "/a", "/b", "/c", "/d"].randomElement(using: &random) ?? "/"
            switch Int.random(in: 0..<6, using: &random) {
            case 0:
                if table.received(SocketIOPacket(kind: .connect, namespace: name)) == .connect {
                    #expect(!connected.contains(name) && !pending.contains(name), "seed \(seed)")
                    pending.insert(name)
                }
            case 1:
                #expect(table.accepted(name) == (pending.remove(name) != nil), "seed \(seed)")
                if table.received(SocketIOPacket(kind: .event, namespace: name)) == .dispatch { connected.insert(name) }
            case 2 where pending.contains(name):
                let isTooMany = table.refused(name)
                #expect(!isTooMany, "seed \(seed)")
                pending.remove(name)
            case 3:
                let action = table.received(SocketIOPacket(kind: .disconnect, namespace: name))
                #expect((action == .disconnect) == (connected.remove(name) != nil), "seed \(seed)")
            case 4 where connected.contains(name):
                table.left(name)
                connected.remove(name)
            default:
                let action = table.received(SocketIOPacket(kind: .event, namespace: name))
                #expect((action == .dispatch) == connected.contains(name), "seed \(seed)")
            }
            #expect(table.isConnectedAnywhere == !connected.isEmpty, "seed \(seed)")
            #expect(pending.count + connected.count <= 3, "seed \(seed)")
        }
    }
}
