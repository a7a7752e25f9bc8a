// Licensed under the MIT licence.

import Foundation
import Logging
import SocketIO
import SocketIOAdmin
import SocketIOCore
import SocketIOTesting
import Synchronization

/// Servers that admins look into, on the in-process transport: one, or several that share a bus.
struct AdminFixture {
    /// What the clock says, as JSON.
    static let time = #""2023-11-14T22:13:20.000Z""#

    let loop: TestLoop
    let bus: StubBus
    var servers: [Server]
    /// How often anything asked for the time of day: every timestamp and all statistics do.
    let clockReadings: Counter

    final class Counter: Sendable {
        private let count = Mutex(0)

        var value: Int { self.count.withLock { $0 } }

        func add() {
            self.count.withLock { $0 += 1 }
        }
    }

    init(
        _ options: AdminOptions = AdminOptions(authentication: .none, mode: .development, serverID: "test"),
        nodes: Int = 1,
        shards: Int = 1,
        seed: UInt64? = nil,
        prepare: (Server) -> Void = { _ in }
    ) throws {
        let loop = TestLoop(shardCount: shards, seed: seed)
        let bus = StubBus(loop: loop)
        let readings = Counter()
        self.loop = loop
        self.bus = bus
        self.clockReadings = readings
        self.servers = try (0..<nodes).map { index in
            let logger = Logger(label: "tests")
            let server =
                nodes == 1
                ? Server(shards: loop.shards, logger: logger)
                : Server(
                    shards: loop.shards,
                    adapter: ClusterAdapter.factory(bus: bus.member("n\(index)")),
                    logger: logger
                )
            var options = options
            if nodes > 1 { options.serverID = "n\(index)" }
            _ = server.of("/")
            let admin = try AdminInterface(options: options) {
                readings.add()
                return Date(timeIntervalSince1970: 1_700_000_000)
            }
            admin.attach(to: server)
            prepare(server)
            return server
        }
        loop.run()
    }

    var main: Namespace { self.servers[0].of("/") }

    /// A session without sockets.
    func client(node: Int = 0, shard: Int = 0, query: String = "") -> TestClient {
        let server = self.servers[node]
        return TestClient(on: self.loop, shard: shard, query: query) { server.accept($0) }
    }

    /// A client with a socket in a namespace, and the socket's id.
    func joined(_ namespace: String = "/", node: Int = 0, shard: Int = 0) -> (client: TestClient, id: String) {
        let client = self.client(node: node, shard: shard)
        return (client, client.connect(to: namespace) ?? "none")
    }

    /// Somebody who asks to be let in as an admin.
    func visitor(node: Int = 0, shard: Int = 0, auth: String = "", namespace: String = "/admin") -> AdminClient {
        let client = self.client(node: node, shard: shard)
        client.send("0\(namespace),\(auth)")
        return AdminClient(client, self.loop, namespace)
    }

    /// An admin who has been told all that there is when it connects.
    func admin(node: Int = 0, shard: Int = 0) async -> AdminClient {
        let admin = self.visitor(node: node, shard: shard)
        _ = await admin.take(through: "all_sockets")
        return admin
    }
}
