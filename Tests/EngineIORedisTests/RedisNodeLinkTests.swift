// Licensed under the MIT licence.

import EngineIO
import EngineIOCore
import EngineIORedis
import NIOCore
import RedisNIO
import RedisTesting
import Testing

/// With a real server.
@Suite(.timeLimit(.minutes(15))) struct RedisNodeLinkTests {
    @Test(arguments: [false, true])
    func `messages arrive, in order, at whom they are for`(usesShardChannels: Bool) async throws {
        try await withLinks(usesShardChannels: usesShardChannels) { links, receivers, _ in
            #expect(links[0].address != links[1].address)
            for number in 0..<100 {
                links[0].send(ByteBuffer(string: "\(number)"), to: links[1].address) { _ in }
            }
            for number in 0..<100 { #expect(await receivers[1].next() == .message("\(number)")) }
            #expect(await deliver("back", links[1], to: links[0].address) == .sent)
            #expect(await receivers[0].next() == .message("back"))
        }
    }

    @Test func `nobody is there`() async throws {
        try await withLinks { links, _, _ in
            #expect(await deliver("x", links[0], to: NodeAddress(random: 7)) == .nobody)
        }
    }

    @Test func `a link that was closed receives nothing`() async throws {
        try await withLinks { links, _, _ in
            links[1].close()
            var delivery = EngineNodeDelivery.sent
            while delivery == .sent { delivery = await deliver("x", links[0], to: links[1].address) }
            #expect(delivery == .nobody)
        }
    }

    @Test func `a server that goes is an interruption, and messages fail meanwhile`() async throws {
        try await withLinks { links, receivers, server in
            #expect(await deliver("before", links[0], to: links[1].address) == .sent)
            #expect(await receivers[1].next() == .message("before"))
            #expect(links[1].isReceiving)
            await server.stop()
            #expect(await receivers[1].next() == .interruption)
            #expect(!links[1].isReceiving)
            var delivery = EngineNodeDelivery.sent
            while delivery == .sent { delivery = await deliver("x", links[0], to: links[1].address) }
            #expect(delivery == .failed)
        }
    }
}
