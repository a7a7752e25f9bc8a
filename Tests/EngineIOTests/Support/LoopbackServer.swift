// Licensed under the MIT licence.

import EngineIOCore
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import Testing

@testable import EngineIO

/// A whole Engine.IO server on a port of this machine, for the time of a test.
struct LoopbackServer {
    let engine: EngineServer
    private let channel: any Channel
    let tls: EngineTLS?
    /// What clients trust, if connections are by TLS.
    private var trust: NIOSSLContext?

    /// Serves while `body` runs.
    static func with(
        _ mounts: [(path: String, options: EngineIOOptions)],
        forwarding: EngineForwarding? = nil,
        addressLimits: AddressLimits? = nil,
        proxyProtocolPeers: TrustedProxies? = nil,
        certificate: TestCertificate? = nil,
        acceptor: @escaping EngineAcceptor = { _ in SilentHandler() },
        _ body: (LoopbackServer) async throws -> Void
    ) async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let tls = try certificate?.tls()
        let engine = EngineServer(
            eventLoopGroup: group,
            forwarding: forwarding,
            addressLimits: addressLimits,
            proxyProtocolPeers: proxyProtocolPeers,
            tls: tls,
            logger: logger
        )
        for mount in mounts { engine.mount(mount.path, options: mount.options, acceptor: acceptor) }
        try await engine.start()
        let child = EngineChildChannel(server: engine) { _, _, _ in throw CancellationError() }
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in child.setup(channel: channel, logger: logger).map { _ in } }
            .bind(host: "127.0.0.1", port: 0).get()
        do {
            try await body(LoopbackServer(engine: engine, channel: channel, tls: tls, trust: certificate?.trust()))
        } catch {
            try? await channel.close()
            await engine.shutdown()
            throw error
        }
        try? await channel.close()
        await engine.shutdown()
    }

    /// A connection that says something at once; nothing is answered to it until somebody reads.
    func connect(saying text: String) async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
        try await self.connect(saying: ByteBuffer(string: text))
    }

    /// The same with any bytes, in clear text if need be, and behind what is not encrypted.
    func connect(
        saying bytes: ByteBuffer,
        isSecure: Bool = true,
        behind prefix: String? = nil
    ) async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
        let trust = isSecure ? self.trust : nil
        let client = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(to: #require(self.channel.localAddress)) { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let prefix {
                        try channel.pipeline.syncOperations.addHandler(Preamble(bytes: ByteBuffer(string: prefix)))
                    }
                    if let trust {
                        let security = try NIOSSLClientHandler(context: trust, serverHostname: nil)
                        try channel.pipeline.syncOperations.addHandler(security)
                    }
                    return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        do {
            try await client.channel.writeAndFlush(bytes)
        } catch {
            // A channel of this kind has to be finished, or the process ends.
            try? await client.executeThenClose { _, _ in }
            throw error
        }
        return client
    }

    /// What is answered to some bytes, up to where `isEnough` of it has come or the connection ends.
    func answer(
        to text: String,
        isSecure: Bool = true,
        until isEnough: (String) -> Bool = { _ in false }
    ) async throws -> String {
        try await self.answer(to: ByteBuffer(string: text), isSecure: isSecure, until: isEnough)
    }

    /// The same with any bytes, behind what is not encrypted.
    func answer(
        to bytes: ByteBuffer,
        isSecure: Bool = true,
        behind prefix: String? = nil,
        until isEnough: (String) -> Bool = { _ in false }
    ) async throws -> String {
        try await self.connect(saying: bytes, isSecure: isSecure, behind: prefix).executeThenClose { inbound, _ in
            var answer = ByteBuffer()
            for try await bytes in inbound {
                answer.writeImmutableBuffer(bytes)
                if isEnough(String(buffer: answer)) { break }
            }
            return String(buffer: answer)
        }
    }

    /// The same server for clients that trust another certificate.
    func trusting(_ certificate: TestCertificate) throws -> LoopbackServer {
        LoopbackServer(engine: self.engine, channel: self.channel, tls: self.tls, trust: try certificate.trust())
    }

    /// The answer to a GET; the connection ends with it.
    func get(_ target: String, _ fields: String...) async throws -> String {
        let lines = ["GET \(target) HTTP/1.1", "Host: localhost", "Connection: close"] + fields
        return try await self.answer(to: lines.joined(separator: "\r\n") + "\r\n\r\n")
    }

    /// The answer to a WebSocket's opening handshake, up to the end of its header.
    func upgrade(_ target: String, _ fields: String...) async throws -> String {
        let lines =
            [
                "GET \(target) HTTP/1.1", "Host: localhost", "Connection: Upgrade", "Upgrade: websocket",
                "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            ] + fields
        return try await self.answer(to: lines.joined(separator: "\r\n") + "\r\n\r\n") { $0.contains("\r\n\r\n") }
    }

    /// How many handshakes wait for the application on all shards together.
    func pendingDecisions() async throws -> Int {
        var count = 0
        for case let loop as LoopShard in self.engine.shards {
            count += try await loop.eventLoop.submit { loop.pendingDecisions }.get()
        }
        return count
    }
}

/// Says something before anything else, as a proxy does.
private final class Preamble: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let bytes: ByteBuffer

    init(bytes: ByteBuffer) {
        self.bytes = bytes
    }

    func channelActive(context: ChannelHandlerContext) {
        context.writeAndFlush(self.wrapOutboundOut(self.bytes), promise: nil)
        context.fireChannelActive()
    }
}

extension String {
    /// The values of a header field in an answer.
    func fieldValues(_ name: String) -> [String] {
        let header = self.firstRange(of: "\r\n\r\n").map { self[..<$0.lowerBound] } ?? self[...]
        return header.split(separator: "\r\n").compactMap { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == name else { return nil }
            return String(parts[1].drop { $0 == " " })
        }
    }

    /// The status of an answer.
    var status: Int? { self.split(separator: " ").dropFirst().first.flatMap { Int($0) } }
}
