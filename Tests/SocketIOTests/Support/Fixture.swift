// Licensed under the MIT licence.

import EngineIOCore
import Logging
import NIOCore
import SocketIO
import SocketIOTesting

/// A server on the in-process transport.
struct Fixture {
    let loop: TestLoop
    let server: Server

    init(shards: Int = 1, seed: UInt64? = nil, options: ServerOptions = ServerOptions()) {
        self.loop = TestLoop(shardCount: shards, seed: seed)
        self.server = Server(shards: self.loop.shards, options: options, logger: Logger(label: "tests"))
    }

    var main: Namespace { self.server.of("/") }

    /// A session without sockets.
    func client(shard: Int = 0, revision: ProtocolRevision = .v4, query: String = "") -> TestClient {
        let server = self.server
        return TestClient(on: self.loop, shard: shard, revision: revision, query: query) { server.accept($0) }
    }

    /// A session with a socket in a namespace that has no middleware.
    func joinedClient(_ namespace: String = "/", shard: Int = 0) -> TestClient {
        let client = self.client(shard: shard)
        client.connect(to: namespace)
        return client
    }
}
