// Licensed under the MIT licence.

import Logging
import NIOCore
import SocketIO
import SocketIOCore
import SocketIORedis
import SocketIOTesting
import Synchronization
import WireJSON

/// Servers that share their namespaces over a stub of Redis.
struct RedisFixture {
    let loop: TestLoop
    let redis: StubRedis
    let buses: [RedisBus]
    let servers: [Server]
    /// The nodes' adapters of `/`.
    private let adapters: [Recorder<any Adapter>]

    init(
        nodes: Int = 3,
        shards: Int = 2,
        seed: UInt64? = nil,
        options: RedisBusOptions = RedisBusOptions(),
        logger: Logger? = nil
    ) {
        let loop = TestLoop(shardCount: shards, seed: seed)
        let redis = StubRedis(loop: loop)
        self.loop = loop
        self.redis = redis
        let buses = (0..<nodes).map { RedisBus(pubSub: redis.client("n\($0)"), options: options, logger: logger) }
        self.buses = buses
        let adapters = (0..<nodes).map { _ in Recorder<any Adapter>() }
        self.adapters = adapters
        self.servers = (0..<nodes).map { index in
            let factory = ClusterAdapter.factory(bus: buses[index])
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
        loop.run()
        redis.forget()
    }

    func main(_ node: Int) -> Namespace { self.servers[node].of("/") }

    /// For calls whose order matters, which those of tasks do not have.
    func adapter(_ node: Int) -> any Adapter { self.adapters[node].all[0] }

    /// A client of a node, joined to `/`.
    func client(node: Int, shard: Int = 0) -> TestClient {
        self.session(node: node, shard: shard).client
    }

    /// A client of a node, joined to `/`, and its socket's id.
    func session(node: Int, shard: Int = 0) -> (client: TestClient, id: String) {
        let server = self.servers[node]
        let client = TestClient(on: self.loop, shard: shard) { server.accept($0) }
        let id = client.connect()
        return (client, id ?? "")
    }

    /// Another server publishes something.
    func publish(json: String, on channel: String) {
        self.redis.publish(ByteBuffer(string: json), on: channel)
        self.loop.run()
    }

    /// What was published on a channel, as text.
    func texts(on channel: String) -> [String] {
        self.redis.published.filter { $0.channel == channel }.map { String(buffer: $0.body) }
    }
}

/// What handlers saw, in order.
final class Recorder<Element: Sendable>: Sendable {
    private let elements = Mutex<[Element]>([])

    var all: [Element] { self.elements.withLock { $0 } }

    func add(_ element: Element) { self.elements.withLock { $0.append(element) } }
}

extension ByteBuffer {
    /// The bytes that hexadecimal digits stand for.
    init(hexadecimal text: String) {
        let digits = text.compactMap(\.hexDigitValue)
        self.init(bytes: stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) })
    }
}
