// Licensed under the MIT licence.

import EngineIO
import EngineIOCore
import EngineIORedis
import NIOCore
import RedisNIO
import RedisTesting

/// What a link brought.
enum Received: Equatable {
    case message(String)
    case interruption
}

/// Takes what a link brings, in order.
final class LinkReceiver: EngineNodeReceiver {
    private let events = AsyncStream.makeStream(of: Received.self)

    func received(_ message: ByteBuffer) { self.events.continuation.yield(.message(String(buffer: message))) }

    func interrupted() { self.events.continuation.yield(.interruption) }

    /// What came next, but for what ``withLinks(usesShardChannels:_:)`` said.
    func next() async -> Received? {
        await self.events.stream.first { $0 != .message("ready?") }
    }
}

/// Runs a test with two links over a Redis of its own, both of them subscribed.
func withLinks(
    usesShardChannels: Bool = false,
    _ body: ([RedisNodeLink], [LinkReceiver], ServerProcess) async throws -> Void
) async throws {
    try await withServer { server in
        try await withClient(.live(server)) { client in
            let links = (0..<2).map { _ in
                RedisNodeLink(client: client, prefix: "test:", usesShardChannels: usesShardChannels)
            }
            let receivers = links.map { _ in LinkReceiver() }
            for (link, receiver) in zip(links, receivers) {
                link.open(receiver)
                while await deliver("ready?", link, to: link.address) != .sent {}
            }
            try await body(links, receivers, server)
            for link in links { link.close() }
        }
    }
}

/// Sends a message and tells what became of it.
func deliver(_ text: String, _ link: RedisNodeLink, to node: NodeAddress) async -> EngineNodeDelivery {
    await withCheckedContinuation { continuation in
        link.send(ByteBuffer(string: text), to: node) { continuation.resume(returning: $0) }
    }
}
