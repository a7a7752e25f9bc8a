// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import NIOSSL
import Synchronization
import Testing

@testable import EngineIO

@Suite(.serialized, .timeLimit(.minutes(15))) struct SecureServerTests {
    private static let path = "/engine.io/"
    /// Without heartbeats between what a busy machine takes long for.
    private static let quiet = EngineIOOptions(pingInterval: .seconds(600), pingTimeout: .seconds(600))

    private func serve(
        _ options: EngineIOOptions = Self.quiet,
        proxyProtocolPeers: TrustedProxies? = nil,
        acceptor: EngineAcceptor? = nil,
        _ body: (LoopbackServer, SessionDiary) async throws -> Void
    ) async throws {
        let diary = SessionDiary()
        let certificate = try TestCertificate()
        try await LoopbackServer.with(
            [(path: Self.path, options: options)],
            proxyProtocolPeers: proxyProtocolPeers,
            certificate: certificate,
            acceptor: acceptor ?? { EchoHandler($0, diary) }
        ) { server in
            try await body(server, diary)
        }
    }

    private static func target(_ transport: String, _ sid: String? = nil) -> String {
        "\(self.path)?EIO=4&transport=\(transport)" + (sid.map { "&sid=\($0)" } ?? "")
    }

    private func open(at server: LoopbackServer) async throws -> String {
        let answer = try await server.get(Self.target("polling"))
        let start = try #require(answer.firstRange(of: #""sid":""#)).upperBound
        return String(answer[start...].prefix { $0 != "\"" })
    }

    @Test func `messages small and large, text and binary, come back in order`() async throws {
        try await self.serve { server, diary in
            try await WebSocketDialogue.with(server, Self.target("websocket")) { dialogue in
                #expect(try await dialogue.nextText()?.hasPrefix("0{") == true)
                for number in 0..<500 { try await dialogue.send(text: "4\(number)") }
                for number in 0..<500 { #expect(try await dialogue.nextText() == "4\(number)") }
                let large = "4" + String(repeating: "abcdefghij", count: 90_000)
                try await dialogue.send(text: large)
                #expect(try await dialogue.nextText() == large)
                let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
                try await dialogue.send(ClientFrame(opcode: 2, payload: bytes))
                let echoed = try await dialogue.next()
                #expect(echoed?.opcode == 2 && echoed?.payload == ByteBuffer(bytes: bytes))
                try await dialogue.send(ClientFrame(opcode: 9, payload: [1]))
                #expect(try await dialogue.next()?.opcode == 10)
                try await dialogue.send(ClientFrame(opcode: 8, payload: [0x03, 0xe8]))
                #expect(try await dialogue.next()?.opcode == 8)
                #expect(try await dialogue.next() == nil)
            }
            #expect(await diary.nextEnd() == .transportClose)
        }
    }

    /// The client's connections come to the loops in turn, so that some of these WebSockets are not where their sessions are.
    @Test func `sessions move to WebSockets on whatever loop`() async throws {
        try await self.serve { server, _ in
            let text = "4" + String(repeating: "x", count: 40_000)
            let frame = ClientFrame.text(text)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        let sid = try await self.open(at: server)
                        try await WebSocketDialogue.with(server, Self.target("websocket", sid)) { dialogue in
                            try await dialogue.upgrade()
                            for number in 0..<5 {
                                try await dialogue.send(.text("4\(number)"), frame)
                                #expect(try await dialogue.nextText() == "4\(number)")
                                #expect(try await dialogue.nextText() == text)
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func `what comes together with the opening handshake is not lost`() async throws {
        try await self.serve { server, _ in
            let head = """
                GET \(Self.target("websocket")) HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n
                """
            let early = ByteBuffer(bytes: ClientFrame.text("4early").bytes)
            let answer = try await server.answer(to: ByteBuffer(string: head) + early) { $0.contains("4early") }
            #expect(answer.status == 101 && answer.hasSuffix("4early"))
        }
    }

    @Test func `WebSockets whose session is in another process`() async throws {
        try await TwoNodes.with(Self.quiet, certificate: TestCertificate()) { nodes in
            let sid = try await nodes.open()
            try await WebSocketDialogue.with(nodes.visitor, TwoNodes.target(sid, "websocket")) { dialogue in
                try await dialogue.upgrade()
                for number in 0..<3 {
                    // More than the tunnel's window.
                    let text = "4\(number)" + String(repeating: "abcdefghij", count: 30_000)
                    try await dialogue.send(text: text)
                    #expect(try await dialogue.nextText() == text)
                }
            }
            #expect(await nodes.sessions.nextEnd() == .transportClose)
            try await nodes.expectNothingUnderWay()
        }
    }

    @Test func `the application learns that the connection is secure`() async throws {
        let seen = Mutex<[Bool]>([])
        var options = EngineIOOptions()
        options.allowRequest = { head in
            seen.withLock { $0.append(head.isSecure) }
            return .allow
        }
        options.trustedProxies = TrustedProxies(["127.0.0.1/32"].compactMap { NetworkRange($0) })
        try await self.serve(options) { server, _ in
            for field in ["X-Nothing: 0", "X-Forwarded-Proto: http", "X-Forwarded-Proto: https"] {
                let answer = try await server.get(Self.target("polling"), "X-Forwarded-For: 192.0.2.1", field)
                #expect(answer.status == 200)
            }
        }
        #expect(seen.withLock { $0 } == [true, false, true])
    }

    @Test func `the header of the PROXY protocol comes in clear text before`() async throws {
        let seen = Mutex<[String]>([])
        var options = EngineIOOptions()
        options.allowRequest = { head in
            seen.withLock { $0.append("\(head.address) \(head.isSecure)") }
            return .allow
        }
        let proxies = TrustedProxies(["127.0.0.1/32"].compactMap { NetworkRange($0) })
        try await self.serve(options, proxyProtocolPeers: proxies) { server, _ in
            let request = "GET \(Self.target("polling")) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            let answer = try await server.answer(
                to: ByteBuffer(string: request),
                behind: "PROXY TCP4 192.0.2.7 192.0.2.1 4711 443\r\n"
            )
            #expect(answer.status == 200)
        }
        #expect(seen.withLock { $0 } == ["192.0.2.7 true"])
    }

    @Test func `HTTP in clear text ends that connection and is counted`() async throws {
        try await self.serve { server, _ in
            let answer = try await server.answer(
                to: "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
                isSecure: false
            )
            #expect(!answer.hasPrefix("HTTP"))
            let failed = await server.engine.counters().reduce(0) { $0 + $1.tlsHandshakesFailed }
            #expect(failed == 1)
            #expect(try await server.get(Self.target("polling")).status == 200)
        }
    }

    @Test(arguments: [[], [0x16, 0x03, 0x01, 0x02, 0x00, 0x01]] as [[UInt8]])
    func `a client that does not get on with its handshake is closed`(said: [UInt8]) async throws {
        try await self.serve { server, _ in
            let client = try await server.connect(saying: ByteBuffer(bytes: said), isSecure: false)
            try await client.executeThenClose { inbound, _ in
                // The server has taken the connection once one that came later is served.
                _ = try await server.get(Self.target("polling"))
                for case let loop as LoopShard in server.engine.shards {
                    try await loop.eventLoop.submit {
                        loop.requestDeadlines.closeExpired(now: loop.now + .seconds(11))
                    }.get()
                }
                for try await _ in inbound {}
            }
        }
    }

    @Test func `a peer that does not read is let go`() async throws {
        var options = Self.quiet
        options.limits.maximumOutboundBytes = 1 << 20
        let diary = SessionDiary()
        let acceptor: EngineAcceptor = { FloodHandler($0, diary) }
        try await self.serve(options, acceptor: acceptor) { server, _ in
            try await WebSocketDialogue.with(server, Self.target("websocket")) { dialogue in
                try await dialogue.send(text: "4go")
                #expect(await diary.nextEnd() == .slowConsumer)
            }
            // Of one whose session may be on another loop, too.
            for _ in 0..<2 {
                let sid = try await self.open(at: server)
                try await WebSocketDialogue.with(server, Self.target("websocket", sid)) { dialogue in
                    try await dialogue.send(text: "2probe")
                    _ = try await dialogue.nextText()
                    try await dialogue.send(.text("5"), .text("4go"))
                    #expect(await diary.nextEnd() == .slowConsumer)
                }
            }
            let counters = await server.engine.counters()
            #expect(counters.reduce(0) { $0 + ($1.limitHits[.outboundBytes] ?? 0) } == 3)
        }
    }

    @Test func `what is not read stays with the client`() async throws {
        let frames = 200
        let diary = SessionDiary()
        let progress = Mutex<(read: Int, whilePaused: Int)>((0, 0))
        let acceptor: EngineAcceptor = { connection in
            PausingHandler(connection, diary) { read, whilePaused in
                progress.withLock { $0 = (read, whilePaused) }
                return read == frames
            }
        }
        try await self.serve(acceptor: acceptor) { server, _ in
            let frame = ClientFrame.text("4" + String(repeating: "x", count: 65_536)).bytes
            for _ in 0..<2 {
                let sid = try await self.open(at: server)
                try await WebSocketDialogue.with(server, Self.target("websocket", sid)) { dialogue in
                    try await dialogue.send(text: "2probe")
                    _ = try await dialogue.nextText()
                    try await dialogue.send(text: "5")
                    for _ in 0..<frames { try await dialogue.send(bytes: frame) }
                    #expect(try await dialogue.nextText() == "4done")
                }
                let (read, whilePaused) = progress.withLock { $0 }
                #expect(read == frames)
                #expect(whilePaused <= 4, "of the read that was under way")
            }
        }
    }

    @Test func `a new certificate is for new connections`() async throws {
        try await self.serve { server, _ in
            let new = try TestCertificate()
            try await WebSocketDialogue.with(server, Self.target("websocket")) { dialogue in
                _ = try await dialogue.nextText()
                try server.tls?.use(certificateChain: new.chain, privateKey: new.key)
                #expect(throws: EngineTLSFlaw.privateKey) {
                    try server.tls?.use(certificateChain: new.chain, privateKey: [])
                }
                try await dialogue.send(text: "4still here")
                #expect(try await dialogue.nextText() == "4still here")
                await #expect(throws: (any Error).self) { try await server.get(Self.target("polling")) }
                let trusting = try server.trusting(new)
                #expect(try await trusting.get(Self.target("polling")).status == 200)
            }
        }
    }

    @Test func `an answer to a poll is not lost for want of a goodbye`() async throws {
        try await self.serve { server, diary in
            let sid = try await self.open(at: server)
            let request = "GET \(Self.target("polling", sid)) HTTP/1.1\r\nHost: localhost\r\n\r\n"
            diary.onLast { $0.send(EngineMessage(text: ByteBuffer(string: "hello")), isVolatile: false) }
            let client = try await server.connect(saying: ByteBuffer(string: request))
            try await client.executeThenClose { inbound, _ in
                var answer = ByteBuffer()
                for try await bytes in inbound {
                    answer.writeImmutableBuffer(bytes)
                    if String(buffer: answer).hasSuffix("4hello") { break }
                }
                // Closes the connection beneath TLS.
                try await client.channel.eventLoop.submit {
                    try client.channel.pipeline.syncOperations.context(handlerType: NIOSSLClientHandler.self)
                        .close(promise: nil)
                }.get()
            }
            diary.onLast { $0.send(EngineMessage(text: ByteBuffer(string: "again")), isVolatile: false) }
            #expect(try await server.get(Self.target("polling", sid)).hasSuffix("4again"))
        }
    }
}

/// Sends without end, once it is told to.
private final class FloodHandler: EngineConnectionHandler {
    private let connection: any EngineConnection
    private let diary: SessionDiary
    private var isOpen = true

    init(_ connection: any EngineConnection, _ diary: SessionDiary) {
        self.connection = connection
        self.diary = diary
    }

    func textReceived(_ text: ByteBuffer) { self.flood() }
    func binaryReceived(_ bytes: ByteBuffer) {}

    private func flood() {
        guard self.isOpen, let shard = self.connection.shard as? LoopShard else { return }
        let message = EngineMessage(text: ByteBuffer(repeating: UInt8(ascii: "x"), count: 256 * 1024))
        self.connection.send(message, isVolatile: false)
        let me = NIOLoopBound(self, eventLoop: shard.eventLoop)
        shard.execute { me.value.flood() }
    }

    func closed(_ reason: EngineCloseReason) {
        self.isOpen = false
        self.diary.ended(reason)
    }
}

/// Stops to read with the first message, for a while.
private final class PausingHandler: EngineConnectionHandler {
    private unowned let connection: any EngineConnection
    private let progressed: (_ read: Int, _ whilePaused: Int) -> Bool
    private var isPaused = false
    private var read = 0
    private var whilePaused = 0

    init(
        _ connection: any EngineConnection,
        _ diary: SessionDiary,
        progressed: @escaping (_ read: Int, _ whilePaused: Int) -> Bool
    ) {
        self.connection = connection
        self.progressed = progressed
    }

    func textReceived(_ text: ByteBuffer) {
        self.read += 1
        if self.isPaused { self.whilePaused += 1 }
        if self.progressed(self.read, self.whilePaused) {
            self.connection.send(EngineMessage(text: ByteBuffer(string: "done")), isVolatile: false)
        }
        guard self.read == 1, let shard = self.connection.shard as? LoopShard else { return }
        self.isPaused = true
        self.connection.pauseReading()
        let me = NIOLoopBound(self, eventLoop: shard.eventLoop)
        shard.schedule(after: .milliseconds(200)) {
            me.value.isPaused = false
            me.value.connection.resumeReading()
        }
    }

    func binaryReceived(_ bytes: ByteBuffer) {}
    func closed(_ reason: EngineCloseReason) {}
}

extension ByteBuffer {
    fileprivate static func + (first: ByteBuffer, second: ByteBuffer) -> ByteBuffer {
        var both = first
        both.writeImmutableBuffer(second)
        return both
    }
}
