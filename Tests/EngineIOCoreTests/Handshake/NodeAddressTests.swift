// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import SocketIOTesting
import Testing

@Suite struct NodeAddressTests {
    @Test func `eight characters out of 48 bits`() {
        #expect(NodeAddress(random: 0).encoded == "AAAAAAAA")
        #expect(NodeAddress(random: .max).encoded == "________")
        #expect(NodeAddress(random: 1 | 2 << 42).encoded == "BAAAAAAC")
        #expect(Set((0..<48).map { NodeAddress(random: 1 << $0) }).count == 48)
        #expect(NodeAddress(random: 1 << 48) == NodeAddress(random: 0))
    }

    @Test(arguments: ["", "AAAAAAA", "AAAAAAAAA", "AAAAAAA=", "AAAA AAA", "AAAAAA\u{e9}"])
    func `what is no address`(text: String) {
        #expect(NodeAddress(text) == nil)
    }

    @Test func `reading and writing are inverse, alone and in a session's id`() throws {
        for seed in UInt64(0)..<200 {
            var random = SeededGenerator(seed: seed)
            let node = NodeAddress(random: random.next())
            #expect(NodeAddress(node.encoded) == node, "seed \(seed)")
            let shard = Int.random(in: 0..<64, using: &random)
            let id = SessionID(shardIndex: shard, random: (random.next(), random.next()), node: node)
            #expect(id.encoded.utf8.count == SessionID.lengthWithNode && id.encoded.hasSuffix(node.encoded))
            let read = try #require(SessionID(id.encoded))
            #expect(read == id && read.node == node && read.shardIndex == shard, "seed \(seed)")
        }
    }

    @Test func `an id without a node`() throws {
        let id = SessionID(shardIndex: 1, random: (2, 3))
        #expect(id.node == nil)
        #expect(id != SessionID(shardIndex: 1, random: (2, 3), node: NodeAddress(random: 0)))
        #expect(SessionID(id.encoded + "AAAA") == nil)
        #expect(SessionID(id.encoded + "AAAAAAA=") == nil)
        #expect(try #require(SessionID(id.encoded + "AAAAAAAA")).node == NodeAddress(random: 0))
    }
}
