// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import NIOPosix
import NIOSSL

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// One question to a server on this machine, for whoever watches it without having an HTTP client at hand.
///
/// A certificate is not checked: it bears the name that clients use and not this machine's own, nothing secret is asked or told, and whoever
/// could stand in for the server here has the machine already. Whether it is about to expire, the metrics say.
struct HealthCheck: Sendable {
    /// Where the server is asked, which may differ from where it listens.
    let host: String
    let port: Int
    let path: String
    /// How long connecting may take, and how long the answer.
    let timeout: TimeAmount
    /// Whether it is asked by TLS.
    let isSecure: Bool
    /// Whom the server takes for proxies that begin with the header of the PROXY protocol; nothing if it takes none.
    let proxyProtocolPeers: TrustedProxies?

    /// - Parameters:
    ///   - listening: Where the server was told to listen.
    ///   - proxyProtocolPeers: Whose connections begin with the header of the PROXY protocol there.
    ///   - path: What to ask for.
    ///   - timeout: How long connecting may take, and how long the answer.
    /// - Throws: If the server has chosen its port by itself.
    init(
        _ listening: ChatServerConfiguration.Listening,
        proxyProtocolPeers: TrustedProxies? = nil,
        path: String,
        timeout: TimeAmount
    ) throws(StartError) {
        guard listening.port != 0 else {
            throw StartError(
                "SERVER_PORT is 0, so the server took any free port; set it to the one that is to be asked."
            )
        }
        self.host =
            switch listening.host {
            // All addresses of the machine are none to connect to.
            case "0.0.0.0": "127.0.0.1"
            case "::": "::1"
            default: listening.host
            }
        self.port = listening.port
        self.path = path
        self.timeout = timeout
        self.isSecure = listening.tls != nil
        self.proxyProtocolPeers = proxyProtocolPeers
    }

    /// Asks.
    ///
    /// - Parameter group: Where to do it.
    /// - Returns: The status of the answer.
    /// - Throws: ``CommandFailure`` if there is no answer, or none of HTTP.
    func status(on group: any EventLoopGroup) async throws -> Int {
        let answer: ByteBuffer
        do {
            answer = try await self.answer(on: group)
        } catch {
            throw CommandFailure("\(self.place) does not answer: \(Self.reason(of: error)).".oneLine)
        }
        guard let status = Self.status(in: answer) else {
            let milliseconds = self.timeout.nanoseconds / 1_000_000
            throw CommandFailure("\(self.place) gave no answer of HTTP within \(milliseconds) ms.")
        }
        return status
    }

    private var place: String { "\(self.host) port \(self.port)" }

    /// What came until the status could be read, the server closed, or the time was over.
    private func answer(on group: any EventLoopGroup) async throws -> ByteBuffer {
        let security = try self.isSecure ? Self.makeSecurity() : nil
        let channel = try await ClientBootstrap(group: group)
            .connectTimeout(self.timeout)
            .connect(host: self.host, port: self.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let peers = self.proxyProtocolPeers {
                        try channel.pipeline.syncOperations.addHandler(ProxyHeader(peers: peers))
                    }
                    if let security {
                        let handler = try NIOSSLClientHandler(context: security, serverHostname: nil)
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                    return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        let end = channel.channel.eventLoop.scheduleTask(in: self.timeout) { [channel = channel.channel] in
            channel.close(promise: nil)
        }
        defer { end.cancel() }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(
                ByteBuffer(string: "GET \(self.path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            )
            var answer = ByteBuffer()
            for try await bytes in inbound {
                answer.writeImmutableBuffer(bytes)
                if Self.status(in: answer) != nil || answer.readableBytes > 4096 { break }
            }
            return answer
        }
    }

    private static func makeSecurity() throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .none
        return try NIOSSLContext(configuration: configuration)
    }

    /// What the system says; NIO's errors tell much more than belongs on one line.
    private static func reason(of error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            error.connectionErrors.first.map { Self.reason(of: $0.error) } ?? "the name has no address"
        case let error as IOError: String(cString: strerror(error.errnoCode))
        case ChannelError.connectTimeout: "Timed out"
        case NIOSSLError.handshakeFailed: "it does not speak TLS"
        default: "\(error)"
        }
    }

    /// The number in a line such as `HTTP/1.1 200 OK`; nothing if that is not what the bytes begin with.
    static func status(in answer: ByteBuffer) -> Int? {
        guard
            let text = answer.getString(at: answer.readerIndex, length: min(answer.readableBytes, 13)),
            let match = text.prefixMatch(of: #/HTTP/1\.[01] ([1-5][0-9][0-9])[ \r]/#)
        else { return nil }
        return Int(match.1)
    }
}

/// Begins the connection with the PROXY protocol's header where the server demands one of it, before TLS says anything.
///
/// The server goes by the address that it is connected from, which is this end's.
private final class ProxyHeader: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let peers: TrustedProxies

    init(peers: TrustedProxies) {
        self.peers = peers
    }

    func channelActive(context: ChannelHandlerContext) {
        if let address = context.localAddress?.ipAddress.flatMap({ IPAddress($0) }), self.peers.trusts(address) {
            // The check speaks for itself and not for a client ("The PROXY protocol", §2.1).
            context.writeAndFlush(self.wrapOutboundOut(ByteBuffer(string: "PROXY UNKNOWN\r\n")), promise: nil)
        }
        context.fireChannelActive()
    }
}
