// Licensed under the MIT licence.

import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Testing

@testable import ChatServer

/// The whole application on a port of its own.
@Suite(.timeLimit(.minutes(15))) struct ChatApplicationTests {
    @Test func servesUntilItIsAskedToStop() async throws {
        let (lines, ready) = AsyncStream.makeStream(of: String.self)
        let (drained, draining) = AsyncStream.makeStream(of: Void.self)
        let application = try Self.application(["SERVER_HOST": "127.0.0.1", "SERVER_PORT": "0", "SEND_PATH": "nio"])
        let services = ServiceGroup(
            services: [
                Running {
                    try await application.run(onListening: { ready.yield($0) }, onDraining: { draining.yield() })
                }
            ],
            logger: Logger(label: "test")
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await services.run() }
            let line = try #require(await lines.first { _ in true })
            let match = try #require(line.wholeMatch(of: #/listening on http://127\.0\.0\.1:(\d+) \((.+)\)/#))
            #expect(match.2 == "store: memory, access: OPEN, send path: nio")
            let running = RunningApplication(port: try #require(Int(match.1)))
            #expect(try await running.ask("GET /health HTTP/1.1").hasSuffix(#"{"status":"ok"}"#))
            #expect(try await running.ask("GET /socket.io/?EIO=4&transport=polling HTTP/1.1").contains(#""sid":"#))
            #expect(try await running.ask("BREW / HTTP/1.1").hasPrefix("HTTP/1.1 4"))
            await services.triggerGracefulShutdown()
            _ = await drained.first { _ in true }
            try await group.waitForAll()
        }
        #expect(application.readiness.isDraining)
    }

    @Test func aTakenPort() async throws {
        let other = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup).bind(
            host: "127.0.0.1",
            port: 0
        ).get()
        let port = try #require(other.localAddress?.port)
        let application = try Self.application(["SERVER_HOST": "127.0.0.1", "SERVER_PORT": "\(port)"])
        let error = await #expect(throws: StartError.self) { try await application.run(onListening: { _ in }) }
        #expect(error?.line.contains("127.0.0.1 port \(port) is taken") == true)
        try await other.close()
    }

    @Test(arguments: ["192.0.2.1", "no-such-host.invalid"])
    func aHostThatIsNotHere(host: String) async throws {
        let application = try Self.application(["SERVER_HOST": host, "SERVER_PORT": "0"])
        let error = await #expect(throws: StartError.self) { try await application.run(onListening: { _ in }) }
        #expect(error?.line.hasPrefix("SERVER_HOST is \(host)") == true)
    }

    private static func application(_ variables: [String: String]) throws -> ChatApplication {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let variables = variables.merging(["SERVER_THREADS": "1", "STORE": "memory"]) { given, _ in given }
        return try buildApplication(configuration: ChatServerConfiguration(variables: variables), logger: logger)
    }
}

/// Something that runs among services.
struct Running: Service {
    let body: @Sendable () async throws -> Void

    func run() async throws { try await self.body() }
}
