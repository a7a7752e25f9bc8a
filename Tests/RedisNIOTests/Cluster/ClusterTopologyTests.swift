// Licensed under the MIT licence.

import NIOCore
import Testing

@testable import RedisNIO

@Suite
struct ClusterTopologyTests {
    private func node(_ host: RESPValue, _ port: Int) -> RESPValue {
        .array([host, .integer(port), .bulkString(ByteBuffer(string: "id"))])
    }

    private func text(_ text: String) -> RESPValue {
        .bulkString(ByteBuffer(string: text))
    }

    private func slot(_ number: Int) throws -> HashSlot {
        try #require(HashSlot(number: number))
    }

    @Test func `Ranges say who serves what`() throws {
        let reply = RESPValue.array([
            .array([.integer(8000), .integer(16_383), self.node(self.text("b"), 2), self.node(self.text("c"), 3)]),
            .array([.integer(0), .integer(4000), self.node(self.text("a"), 1)]),
            .array([.integer(4002), .integer(7999), self.node(self.text("a"), 1)]),
        ])
        var topology = try #require(ClusterTopology(reply, asked: nil))
        #expect(topology.primaries == [.tcp(host: "a", port: 1), .tcp(host: "b", port: 2)])
        #expect(topology.primary(of: try self.slot(0)) == .tcp(host: "a", port: 1))
        #expect(topology.primary(of: try self.slot(4001)) == nil)
        #expect(!topology.isComplete)
        topology.move(try self.slot(4001), to: .tcp(host: "d", port: 4))
        #expect(topology.isComplete)
        #expect(topology.primary(of: try self.slot(4001)) == .tcp(host: "d", port: 4))
        #expect(topology.primaries.count == 3)
    }

    @Test func `A node that does not know its address is where it was asked`() throws {
        for host in [self.text(""), .null, self.text("?")] {
            let reply = RESPValue.array([.array([.integer(0), .integer(16_383), self.node(host, 7)])])
            let topology = try #require(ClusterTopology(reply, asked: .tcp(host: "asked", port: 1)))
            #expect(topology.primaries == [.tcp(host: "asked", port: 7)])
            #expect(ClusterTopology(reply, asked: nil) == nil)
        }
    }

    @Test func `What makes no sense is no topology`() {
        let good = self.node(self.text("a"), 1)
        let rows: [RESPValue] = [
            .null, .integer(1), .array([]), .array([.null]), .array([.array([.integer(0), .integer(1)])]),
            .array([.array([.integer(-1), .integer(1), good])]), .array([.array([.integer(2), .integer(1), good])]),
            .array([.array([.integer(0), .integer(16_384), good])]),
            .array([.array([.integer(0), .integer(1), self.node(self.text("a"), 0)])]),
            .array([.array([.integer(0), .integer(1), self.node(self.text("a"), 65_536)])]),
            .array([.array([.integer(0), .integer(1), .null])]),
        ]
        for row in rows { #expect(ClusterTopology(row, asked: .tcp(host: "h", port: 1)) == nil) }
    }

    @Test(arguments: [
        (
            "MOVED 3999 127.0.0.1:6381", ClusterRedirection.Kind.moved, 3999,
            RedisEndpoint.tcp(host: "127.0.0.1", port: 6381)
        ),
        ("ASK 1 host.example:1", .ask, 1, .tcp(host: "host.example", port: 1)),
        ("MOVED 2 2001:db8::1:6379", .moved, 2, .tcp(host: "2001:db8::1", port: 6379)),
        ("MOVED 3 :6380", .moved, 3, .tcp(host: "origin", port: 6380)),
    ])
    func `A redirection leads somewhere`(
        text: String,
        kind: ClusterRedirection.Kind,
        slot: Int,
        endpoint: RedisEndpoint
    ) throws {
        let reply = try #require(RedisServerReply(.simpleError(ByteBuffer(string: text))))
        let redirection = try #require(ClusterRedirection(reply, from: .tcp(host: "origin", port: 9)))
        #expect(redirection.kind == kind)
        #expect(redirection.slot == (try self.slot(slot)))
        #expect(redirection.endpoint == endpoint)
    }

    @Test(arguments: [
        "MOVED", "MOVED x h:1", "MOVED 1 h", "MOVED 16384 h:1", "MOVED 1 h:0", "MOVED 1 h:70000", "ERR 1 h:1",
    ])
    func `What leads nowhere is no redirection`(text: String) throws {
        let reply = try #require(RedisServerReply(.simpleError(ByteBuffer(string: text))))
        #expect(ClusterRedirection(reply, from: nil) == nil)
    }
}
