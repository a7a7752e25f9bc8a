// Licensed under the MIT licence.

import NIOCore
import NIOPosix

/// A chat server in this process, on a port of its own.
enum StubServer {
    /// Runs `body` with the server's port.
    static func run<Result: Sendable>(
        fault: StubChat.Fault = .none,
        _ body: (Int) async throws -> Result
    ) async throws -> Result {
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        let chat = NIOLoopBoundBox.makeBoxSendingValue(StubChat(fault: fault), eventLoop: eventLoop)
        let channel = try await ServerBootstrap(group: eventLoop)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(StubConnection(chat: chat.value))
                }
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
        do {
            let result = try await body(channel.localAddress?.port ?? 0)
            try await channel.close()
            return result
        } catch {
            try await channel.close()
            throw error
        }
    }
}
