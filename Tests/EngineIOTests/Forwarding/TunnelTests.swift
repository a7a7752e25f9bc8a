// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import Synchronization
import Testing

@testable import EngineIO

@Suite(.timeLimit(.minutes(15))) struct TunnelTests {
    /// A session that has moved to a WebSocket which goes through both nodes.
    private func withTunnel(
        _ options: EngineIOOptions = .init(),
        fields: String = "X-Nothing: 0",
        _ limits: TwoNodes.Limits = .init(),
        _ body: (TwoNodes, WebSocketDialogue) async throws -> Void
    ) async throws {
        try await TwoNodes.with(options, limits) { nodes in
            let sid = try await nodes.open()
            try await WebSocketDialogue.with(nodes.visitor, TwoNodes.target(sid, "websocket"), fields) { dialogue in
                try await dialogue.upgrade()
                try await body(nodes, dialogue)
            }
        }
    }

    @Test func `a session moves to a WebSocket at another node`() async throws {
        try await self.withTunnel { nodes, dialogue in
            try await dialogue.send(text: "4hello")
            #expect(try await dialogue.nextText() == "4hello")
            try await dialogue.send(ClientFrame(opcode: 2, payload: [1, 2, 3]))
            let echoed = try await dialogue.next()
            #expect(echoed?.opcode == 2 && echoed?.payload == ByteBuffer(bytes: [1, 2, 3]))
        }
    }

    @Test func `a poll beside the upgrade is let go`() async throws {
        try await TwoNodes.with { nodes in
            let sid = try await nodes.open()
            let polled = Task { try await nodes.poll(sid) }
            _ = try await nodes.hub.firstSaid { if case .poll = $0.content { true } else { false } }
            try await WebSocketDialogue.with(nodes.visitor, TwoNodes.target(sid, "websocket")) { dialogue in
                try await dialogue.upgrade()
                let answer = try await polled.value
                #expect(answer == "6")
                try await dialogue.send(text: "4x")
                #expect(try await dialogue.nextText() == "4x")
                #expect(try await nodes.visitor.get(TwoNodes.target(sid)).contains(#""code":3"#))
            }
            #expect(await nodes.sessions.nextEnd() == .transportClose)
            try await nodes.expectNothingUnderWay()
        }
    }

    @Test func `messages larger than the window, both ways, in order`() async throws {
        try await self.withTunnel(.init(), .init(tunnelWindowBytes: 4_096)) { _, dialogue in
            for number in 0..<5 {
                let text = "4\(number)" + String(repeating: "abcdefghij", count: 10_000)
                try await dialogue.send(text: text)
                #expect(try await dialogue.nextText() == text)
            }
        }
    }

    @Test func `compression is what the client was told`() async throws {
        let options = EngineIOOptions(perMessageDeflate: PerMessageDeflate(thresholdBytes: 0))
        let fields = "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=9"
        try await self.withTunnel(options, fields: fields) { nodes, dialogue in
            let opened = try await nodes.hub.firstSaid { if case .opened = $0.content { true } else { false } }
            guard case .opened(let deflate?, _) = opened.content else {
                Issue.record("nothing was agreed on")
                return
            }
            #expect(deflate.serverWindowBits == 9)
            try await dialogue.send(text: "4hello hello hello hello hello")
            let echoed = try #require(try await dialogue.next())
            #expect(echoed.payload.readableBytes < 30)
        }
    }

    @Test func `what came before the answer is not lost`() async throws {
        try await TwoNodes.with { nodes in
            let sid = try await nodes.open()
            let head = [
                "GET \(TwoNodes.target(sid, "websocket")) HTTP/1.1", "Host: localhost", "Connection: Upgrade",
                "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            ]
            .joined(separator: "\r\n")
            let channel = try await nodes.visitor.connect(saying: head)
            try await channel.executeThenClose { inbound, outbound in
                var rest = ByteBuffer(string: "\r\n\r\n")
                rest.writeBytes(ClientFrame.text("2probe").bytes)
                try await outbound.write(rest)
                var answer = ByteBuffer()
                for try await bytes in inbound {
                    answer.writeImmutableBuffer(bytes)
                    if answer.readableBytesView.firstRange(of: "3probe".utf8) != nil { break }
                }
                #expect(String(buffer: answer).status == 101)
            }
        }
    }

    @Test func `the client closes`() async throws {
        try await self.withTunnel { nodes, dialogue in
            try await dialogue.send(ClientFrame(opcode: 8, payload: [0x03, 0xe8]))
            #expect(try await dialogue.next()?.opcode == 8)
            #expect(try await dialogue.next() == nil)
            #expect(await nodes.sessions.nextEnd() == .transportClose)
            try await nodes.expectNothingUnderWay()
        }
    }

    @Test func `the session ends, with all that was sent before`() async throws {
        try await self.withTunnel(.init(), .init(tunnelWindowBytes: 1_000)) { nodes, dialogue in
            nodes.sessions.onLast { connection in
                for number in 0..<100 {
                    let text = "\(number) " + String(repeating: "a", count: 1_000)
                    connection.send(EngineMessage(text: ByteBuffer(string: text)), isVolatile: false)
                }
                connection.close(.forcedServerClose)
            }
            for number in 0..<100 { #expect(try await dialogue.nextText()?.hasPrefix("4\(number) ") == true) }
            #expect(try await dialogue.next()?.opcode == 8)
            #expect(try await dialogue.next() == nil)
            try await nodes.expectNothingUnderWay()
        }
    }

    @Test func `the client vanishes`() async throws {
        try await TwoNodes.with { nodes in
            let sid = try await nodes.open()
            try await WebSocketDialogue.with(nodes.visitor, TwoNodes.target(sid, "websocket")) {
                try await $0.upgrade()
            }
            #expect(await nodes.sessions.nextEnd() == .transportClose)
            try await nodes.expectNothingUnderWay()
        }
    }

    @Test func `a client that does not read holds up the session, not the nodes`() async throws {
        var limits = EngineIOLimits()
        limits.maximumOutboundBytes = 1_000_000
        try await self.withTunnel(EngineIOOptions(limits: limits)) { nodes, _ in
            nodes.sessions.onLast { connection in
                // More than all buffers on the way take.
                for _ in 0..<40 {
                    connection.send(EngineMessage(binary: ByteBuffer(repeating: 0, count: 900_000)), isVolatile: false)
                }
            }
            #expect(await nodes.sessions.nextEnd() == .slowConsumer)
        }
    }

    @Test func `bytes that are missing end the tunnel`() async throws {
        try await self.withTunnel { nodes, dialogue in
            let count = Mutex(0)
            nodes.hub.judge { message in
                guard case .data = message.content, message.isFromVisitor else { return .arrives }
                return count.withLock { count in
                    count += 1
                    return count == 1 ? .vanishes : .arrives
                }
            }
            try await dialogue.send(text: "4lost")
            _ = try await nodes.hub.firstSaid { message in
                if case .data(_, let bytes) = message.content {
                    message.isFromVisitor && bytes.readableBytes == 11
                } else {
                    false
                }
            }
            try await dialogue.send(text: "4behind it")
            #expect(try await dialogue.next() == nil)
            #expect(await nodes.sessions.nextEnd() == .transportClose)
            try await nodes.expectNothingUnderWay()
        }
    }

    @Test(arguments: [true, false])
    func `a link that was interrupted ends the tunnel`(atOwner: Bool) async throws {
        try await self.withTunnel { nodes, dialogue in
            nodes.hub.interrupt(atOwner ? nodes.ownerAddress : nodes.visitorAddress)
            #expect(try await dialogue.next() == nil)
            #expect(await nodes.sessions.nextEnd() == .transportClose)
            try await nodes.expectNothingUnderWay()
        }
    }

    @Test func `a node that has gone is noticed`() async throws {
        try await self.withTunnel { nodes, dialogue in
            let owner = nodes.ownerAddress
            nodes.hub.judge { $0.sender == owner ? .vanishes : .findsNobody }
            let frame = try await dialogue.next()
            #expect(frame == nil)
        }
    }

    @Test func `no more tunnels than there may be`() async throws {
        try await self.withTunnel(.init(), .init(maximumTunnels: 1)) { nodes, _ in
            let sid = try await nodes.open()
            #expect(try await nodes.visitor.upgrade(TwoNodes.target(sid, "websocket")).status == 503)
            // It stays on polling.
            #expect(try await nodes.post(sid, "4x").body == "ok")
            #expect(try await nodes.poll(sid) == "4x")
        }
    }

    @Test func `a second WebSocket beside an upgrade`() async throws {
        try await TwoNodes.with { nodes in
            let sid = try await nodes.open()
            try await WebSocketDialogue.with(nodes.visitor, TwoNodes.target(sid, "websocket")) { dialogue in
                #expect(try await nodes.visitor.upgrade(TwoNodes.target(sid, "websocket")).status == 400)
                #expect(try await nodes.owner.upgrade(TwoNodes.target(sid, "websocket")).status == 400)
                try await dialogue.upgrade()
                try await dialogue.send(text: "4x")
                #expect(try await dialogue.nextText() == "4x")
            }
        }
    }
}
