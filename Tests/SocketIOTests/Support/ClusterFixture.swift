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
    /// The nodes' adapters of `/`.
    private let adapters: [Recorder<any Adapter>]

    init(nodes: Int = 3, shards: Int = 2, seed: UInt64? = nil, maximumRequests: Int = 100) {
        let loop = TestLoop(shardCount: shards, seed: seed)
        let bus = StubBus(loop: loop)
        self.loop = loop
        self.bus = bus
        let adapters = (0..<nodes).map { _ in Recorder<any Adapter>() }
        self.adapters = adapters
        self.servers = (0..<nodes).map { index in
            let factory = ClusterAdapter.factory(bus: bus.member("n\(index)"), maximumRequests: maximumRequests)
            return Server(
                shards: loop.shards,
                options: ServerOptions(acknowledgementTimeout: .seconds(2)),
                adapter: { name, local in
                    let adapter = factory(name, local)
                    if name == "/" { adapters[index].add(adapter) }
                    return adapter
                },
                logger: Logger(label: "tests")
            )
        }
        for server in self.servers { _ = server.of("/") }
    }

    func main(_ node: Int) -> Namespace { self.servers[node].of("/") }

    /// For calls whose order matters, which those of tasks do not have.
    func adapter(_ node: Int) -> any Adapter { self.adapters[node].all[0] }

    /// A client of a node, joined to `/`.
    func client(node: Int, shard: Int = 0) -> TestClient {
        let server = self.servers[node]
        let client = TestClient(on: self.loop, shard: shard) { server.accept($0) }
        client.connect()
        return client
    }
}
