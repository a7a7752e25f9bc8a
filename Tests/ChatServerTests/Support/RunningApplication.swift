// Licensed under the MIT licence.

import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Testing

@testable import ChatServer

/// The whole application on a port of this machine, for the time of a test.
struct RunningApplication {
    let port: Int

    /// Serves while `body` runs, and until everything is closed.
    ///
    /// - Parameters:
    ///   - variables: Settings beside those that a test needs.
    ///   - log: Where it logs.
    ///   - body: What the test does with it.
    static func with(
        _ variables: [String: String] = [:],
        log: LogRecorder = LogRecorder(level: .critical),
        _ body: (RunningApplication) async throws -> Void
    ) async throws {
        let own = ["SERVER_HOST": "127.0.0.1", "SERVER_PORT": "0", "SERVER_THREADS": "1", "STORE": "memory"]
        let configuration = try ChatServerConfiguration(variables: own.merging(variables) { $1 })
        let application = try buildApplication(configuration: configuration, logger: log.logger)
        let (lines, ready) = AsyncStream.makeStream(of: String.self)
        let service = Running {
            defer { ready.finish() }
            try await application.run(onListening: { ready.yield($0) })
        }
        let services = ServiceGroup(
            configuration: .init(
                services: [.init(service: service, successTerminationBehavior: .gracefullyShutdownGroup)],
                logger: LogRecorder().logger
            )
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await services.run() }
            let line = try #require(await lines.first { _ in true })
            let match = try #require(line.prefixMatch(of: #/listening on https?://127\.0\.0\.1:(\d+) /#))
            do {
                try await body(RunningApplication(port: #require(Int(match.1))))
            } catch {
                await services.triggerGracefulShutdown()
                throw error
            }
            await services.triggerGracefulShutdown()
            try await group.waitForAll()
        }
    }

    /// Sends a request, with further header fields, and returns all that comes until the server closes.
    func ask(_ line: String, _ fields: [String] = []) async throws -> String {
        let head = ([line, "Host: test", "Connection: close"] + fields).joined(separator: "\r\n")
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(host: "127.0.0.1", port: self.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: "\(head)\r\n\r\n"))
            var answer = ByteBuffer()
            for try await bytes in inbound { answer.writeImmutableBuffer(bytes) }
            return String(buffer: answer)
        }
    }
}
