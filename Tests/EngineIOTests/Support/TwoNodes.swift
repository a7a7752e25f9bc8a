// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import Synchronization
import Testing

@testable import EngineIO

/// Two servers that reach each other over a ``NodeHub``: sessions are opened at the owner, and visited at the visitor.
struct TwoNodes {
    static let path = "/engine.io/"

    /// What a test wants otherwise than by default.
    struct Limits {
        var timeout = Duration.seconds(10)
        var maximumRequests = 10_000
        var maximumTunnels = 10_000
        var tunnelWindowBytes = 256 * 1024

        func forwarding(_ link: HubLink) -> EngineForwarding {
            EngineForwarding(
                link,
                timeout: self.timeout,
                maximumRequests: self.maximumRequests,
                maximumTunnels: self.maximumTunnels,
                tunnelWindowBytes: self.tunnelWindowBytes
            )
        }
    }

    let hub: NodeHub
    let owner: LoopbackServer
    let visitor: LoopbackServer
    let sessions: SessionDiary

    var ownerAddress: NodeAddress { NodeAddress(random: 1) }
    var visitorAddress: NodeAddress { NodeAddress(random: 2) }

    static func with(
        _ options: EngineIOOptions = .init(),
        _ limits: Limits = Limits(),
        certificate: TestCertificate? = nil,
        _ body: (TwoNodes) async throws -> Void
    ) async throws {
        let hub = NodeHub()
        let sessions = SessionDiary()
        let (first, second) = (limits.forwarding(HubLink(hub, random: 1)), limits.forwarding(HubLink(hub, random: 2)))
        let acceptor: EngineAcceptor = { EchoHandler($0, sessions) }
        let mounts = [(path: Self.path, options: options)]
        try await LoopbackServer.with(mounts, forwarding: first, certificate: certificate, acceptor: acceptor) {
            owner in
            try await LoopbackServer.with(mounts, forwarding: second, certificate: certificate, acceptor: acceptor) {
                visitor in
                try await body(TwoNodes(hub: hub, owner: owner, visitor: visitor, sessions: sessions))
            }
        }
    }

    /// Opens a session on polling at the owner.
    func open(_ query: String = "EIO=4") async throws -> String {
        let answer = try await self.owner.get("\(Self.path)?\(query)&transport=polling")
        let start = try #require(answer.firstRange(of: #""sid":""#)).upperBound
        return String(answer[start...].prefix { $0 != "\"" })
    }

    /// The target of a request to a session.
    static func target(_ sid: String, _ transport: String = "polling", _ query: String = "EIO=4") -> String {
        "\(self.path)?\(query)&transport=\(transport)&sid=\(sid)"
    }

    /// The body of the answer to a poll at the visitor.
    func poll(_ sid: String, _ query: String = "EIO=4") async throws -> String {
        try await self.visitor.get(Self.target(sid, "polling", query)).body
    }

    /// The answer to a POST at the visitor.
    func post(_ sid: String, _ body: String, _ query: String = "EIO=4") async throws -> String {
        try await self.visitor.answer(to: Self.postRequest(sid, body, query))
    }

    static func postRequest(_ sid: String, _ body: String, _ query: String = "EIO=4") -> String {
        """
        POST \(Self.target(sid, "polling", query)) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
        Content-Type: text/plain;charset=UTF-8\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)
        """
    }

    /// Everything that is under way has ended.
    func expectNothingUnderWay() async throws {
        for server in [self.owner, self.visitor] {
            let forwarding = try #require(server.engine.forwarding)
            await forwarding.emptied()
            #expect(forwarding.withTable { $0.isEmpty })
        }
    }
}

extension SessionForwarding {
    /// Returns once nothing is under way.
    func emptied() async {
        await withCheckedContinuation { continuation in
            self.withTable { $0.whenEmpty = { continuation.resume() } }
        }
    }
}

/// What became of the sessions of a test.
final class SessionDiary: Sendable {
    private let ends = AsyncStream.makeStream(of: EngineCloseReason.self)
    private let connections = Mutex<[@Sendable (@escaping @Sendable (any EngineConnection) -> Void) -> Void]>([])

    /// Why the next session ends.
    func nextEnd() async -> EngineCloseReason? {
        await self.ends.stream.first { _ in true }
    }

    func ended(_ reason: EngineCloseReason) { self.ends.continuation.yield(reason) }

    func opened(_ connection: any EngineConnection) {
        let shard = connection.shard
        let box = NIOLoopBound(connection, eventLoop: (shard as! LoopShard).eventLoop)
        self.connections.withLock { $0.append { job in shard.execute { job(box.value) } } }
    }

    /// Does something with the session that was opened last, on its shard.
    func onLast(_ job: @escaping @Sendable (any EngineConnection) -> Void) {
        self.connections.withLock { $0.last }?(job)
    }
}

/// Sends back what it gets.
final class EchoHandler: EngineConnectionHandler {
    private unowned let connection: any EngineConnection
    private let diary: SessionDiary

    init(_ connection: any EngineConnection, _ diary: SessionDiary) {
        self.connection = connection
        self.diary = diary
        diary.opened(connection)
    }

    func textReceived(_ text: ByteBuffer) { self.connection.send(EngineMessage(text: text), isVolatile: false) }

    func binaryReceived(_ bytes: ByteBuffer) {
        self.connection.send(EngineMessage(binary: bytes), isVolatile: false)
    }

    func closed(_ reason: EngineCloseReason) { self.diary.ended(reason) }
}

extension String {
    /// The body of an HTTP answer.
    var body: String {
        self.firstRange(of: "\r\n\r\n").map { String(self[$0.upperBound...]) } ?? ""
    }
}
