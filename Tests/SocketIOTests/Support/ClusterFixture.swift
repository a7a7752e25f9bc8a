// Licensed under the MIT licence.

import Logging
import SocketIO
import SocketIOCore
import SocketIOTesting

/// Servers that share their namespaces over a stub bus.
struct ClusterFixture {
    let loop: TestLoop
    let bus: StubBus
    let servers: [Server]

    init(nodes: Int = 3, shards: Int = 2, seed: UInt64? = nil) {
        let loop = TestLoop(shardCount: shards, seed: seed)
        let bus = StubBus(loop: loop)
        self.loop = loop
        self.bus = bus
        self.servers = (0..<nodes).map { index in
            Server(
                shards: loop.shards,
                options: ServerOptions(acknowledgementTimeout: .seconds(2)),
                adapter: ClusterAdapter.factory(bus: bus.member("n\(index)")),
                logger: Logger(label: "tests")
            )
        }
        for server in self.servers { _ = server.of("/") }
    }

    func main(_ node: Int) -> Namespace { self.servers[node].of("/") }

    /// A client of a node, joined to `/`.
    func client(node: Int, shard: Int = 0) -> TestClient {
        let server = self.servers[node]
        let client = TestClient(on: self.loop, shard: shard) { server.accept($0) }
        client.connect()
        return client
    }
}
