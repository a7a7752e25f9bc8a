// Licensed under the MIT licence.

import Foundation
import NIOCore
import NIOPosix
import Testing

@testable import ChatServer

/// What `martlet healthcheck` makes of a server.
@Suite(.timeLimit(.minutes(15))) struct HealthCheckTests {
    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\n", 200), ("HTTP/1.0 503 Service Unavailable\r\n", 503), ("HTTP/1.1 204\r\n", 204),
        ("HTTP/1.1 20", nil), ("HTTP/1.1 2000 \r\n", nil), ("HTTP/2.0 200 OK", nil), ("SSH-2.0-OpenSSH\r\n", nil),
        ("", nil),
    ])
    func statusLines(text: String, status: Int?) {
        #expect(HealthCheck.status(in: ByteBuffer(string: text)) == status)
    }

    @Test(arguments: [
        ("0.0.0.0", "127.0.0.1"), ("::", "::1"), ("192.0.2.7", "192.0.2.7"), ("localhost", "localhost"),
    ])
    func asksWhereOneCanConnect(host: String, asked: String) throws {
        #expect(try HealthCheck(.init(host: host), path: "/health", timeout: .seconds(1)).host == asked)
    }

    @Test func aPortThatTheServerChoseCannotBeAsked() {
        #expect(throws: StartError.self) { try HealthCheck(.init(port: 0), path: "/health", timeout: .seconds(1)) }
    }

    @Test(arguments: [("HTTP/1.1 200 OK\r\n\r\n", 200), ("HTTP/1.1 503 Service Unavailable\r\n\r\n", 503)])
    func asksAndReadsTheStatus(answer: String, status: Int) async throws {
        let server = try await Self.server(answering: answer)
        #expect(try await Self.check(server).status(on: .singletonMultiThreadedEventLoopGroup) == status)
        try await server.close()
    }

    /// A trusted peer is a proxy to the server, and this machine is private.
    @Test(arguments: ["private", "127.0.0.1", "192.0.2.0/24"], [true, false])
    func asksAServerBehindTheProxyProtocol(proxies: String, isSecure: Bool) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "tls-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        var variables = ["PROXY_PROTOCOL": "on", "TRUSTED_PROXIES": proxies]
        if isSecure {
            let files = try ChatServerConfiguration.TLSFiles.make(in: directory)
            variables["TLS_CERTIFICATE_FILE"] = files.certificate
            variables["TLS_KEY_FILE"] = files.key
        }
        try await RunningApplication.with(variables) { application in
            var configuration = try ChatServerConfiguration(variables: variables)
            configuration.listening.port = application.port
            let check = try HealthCheck(
                configuration.listening,
                proxyProtocolPeers: configuration.access.proxyProtocolPeers,
                path: "/ready",
                timeout: .seconds(30)
            )
            #expect(try await check.status(on: .singletonMultiThreadedEventLoopGroup) == 200)
        }
    }

    @Test(arguments: ["220 mail.example ESMTP\r\n", ""])
    func whatIsNoServerOfHTTP(answer: String) async throws {
        let server = try await Self.server(answering: answer)
        let error = await #expect(throws: CommandFailure.self) {
            try await Self.check(server, timeout: .seconds(3)).status(on: .singletonMultiThreadedEventLoopGroup)
        }
        #expect(error?.line.contains("gave no answer of HTTP within 3000 ms") == true)
        try await server.close()
    }

    @Test func nobodyIsThere() async throws {
        let server = try await Self.server(answering: "")
        let check = try Self.check(server)
        try await server.close()
        let error = await #expect(throws: CommandFailure.self) {
            try await check.status(on: .singletonMultiThreadedEventLoopGroup)
        }
        #expect(error?.line == "127.0.0.1 port \(check.port) does not answer: Connection refused.")
        #expect(error?.status == 1)
    }

    private static func check(_ server: any Channel, timeout: TimeAmount = .seconds(30)) throws -> HealthCheck {
        let port = try #require(server.localAddress?.port)
        return try HealthCheck(.init(host: "127.0.0.1", port: port), path: "/health", timeout: timeout)
    }

    /// A server that answers the first bytes of everybody with a text, and keeps the connection.
    private static func server(answering text: String) async throws -> any Channel {
        try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Answer(text: text))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }
}

private final class Answer: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let text: String

    init(text: String) {
        self.text = text
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        context.writeAndFlush(self.wrapOutboundOut(ByteBuffer(string: self.text)), promise: nil)
    }
}
