// Licensed under the MIT licence.

import Foundation
import NIOCore
import RedisNIO
import RedisTesting

/// A Redis Cluster of a test.
struct TestCluster {
    let nodes: [ServerProcess]

    /// Runs a test with a cluster that is gone afterwards.
    ///
    /// - Parameters:
    ///   - primaries: How many nodes share the slots.
    ///   - replicas: How many replicas each of them has.
    ///   - body: The test.
    static func with<Result>(
        primaries: Int = 3,
        replicas: Int = 0,
        _ body: (TestCluster) async throws -> Result
    ) async throws -> Result {
        let nodes = try (0..<(primaries * (replicas + 1))).map { _ in
            try ServerProcess(["--cluster-enabled", "yes", "--cluster-node-timeout", "2000"])
        }
        defer { for node in nodes { node.remove() } }
        for node in nodes { try await node.start() }
        let addresses = nodes.map { "127.0.0.1:\($0.port)" }
        try await runTool(
            "/usr/bin/redis-cli",
            ["--cluster", "create"] + addresses + ["--cluster-replicas", "\(replicas)", "--cluster-yes"]
        )
        return try await body(TestCluster(nodes: nodes))
    }

    var configuration: RedisConfiguration {
        var configuration = RedisConfiguration.live(self.nodes[0], mode: .cluster)
        configuration.endpoints = self.nodes.map { .tcp(host: "127.0.0.1", port: $0.port) }
        return configuration
    }

    /// Moves a slot with all it holds, step by step.
    ///
    /// - Parameters:
    ///   - slot: The slot.
    ///   - keys: All keys in it.
    ///   - from: The client of the node that has it.
    ///   - to: The client of the node that gets it.
    ///   - halfway: Called when the slot is on its way and nothing has been moved.
    func move(
        _ slot: Int,
        keys: [String],
        from: RedisClient,
        to: RedisClient,
        halfway: () async throws -> Void
    ) async throws {
        let source = try await from.send(RedisCommand("CLUSTER", "MYID")).text ?? ""
        let target = try await to.send(RedisCommand("CLUSTER", "MYID")).text ?? ""
        try await to.send(RedisCommand("CLUSTER", "SETSLOT", .number(slot), "IMPORTING", .text(source)))
        try await from.send(RedisCommand("CLUSTER", "SETSLOT", .number(slot), "MIGRATING", .text(target)))
        try await halfway()
        guard case .tcp(let host, let port) = to.configuration.endpoints[0] else { return }
        for key in keys {
            try await from.send(RedisCommand("MIGRATE", .text(host), .number(port), .text(key), 0, 5_000))
        }
        try await to.send(RedisCommand("CLUSTER", "SETSLOT", .number(slot), "NODE", .text(target)))
        try await from.send(RedisCommand("CLUSTER", "SETSLOT", .number(slot), "NODE", .text(target)))
    }
}
