// Licensed under the MIT licence.

import EngineIOCore
import Logging
import SocketIO
import SocketIOCore
import SocketIOTesting
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(15))) struct NamespaceLifeTests {
    /// Notes what its namespace does with it.
    private final class NotedAdapter: Adapter {
        let isOpen = Atomic(0)
        let isClosed = Atomic(0)
        private let adapter: InMemoryAdapter

        init(_ local: any LocalSockets) {
            self.adapter = InMemoryAdapter(local: local)
        }

        func open() { self.isOpen.add(1, ordering: .relaxed) }

        func close() { self.isClosed.add(1, ordering: .relaxed) }

        func broadcast(_ event: BroadcastEvent, to target: BroadcastTarget) {
            self.adapter.broadcast(event, to: target)
        }

        func broadcast(
            _ event: BroadcastEvent,
            to target: BroadcastTarget,
            answersWithin timeout: Duration,
            completion: @escaping @Sendable (BroadcastAnswers) -> Void
        ) {
            self.adapter.broadcast(event, to: target, answersWithin: timeout, completion: completion)
        }

        func join(_ rooms: [Room], _ target: BroadcastTarget) { self.adapter.join(rooms, target) }

        func leave(_ rooms: [Room], _ target: BroadcastTarget) { self.adapter.leave(rooms, target) }

        func disconnect(_ target: BroadcastTarget, closing: Bool) { self.adapter.disconnect(target, closing: closing) }

        func fetchSockets(
            _ target: BroadcastTarget,
            completion: @escaping @Sendable (Result<[SocketDescription], ClusterError>) -> Void
        ) {
            self.adapter.fetchSockets(target, completion: completion)
        }

        func serverSideEmit(_ event: ServerSideMessage) {}

        func serverSideEmit(
            _ event: ServerSideMessage,
            answersWithin timeout: Duration,
            completion: @escaping @Sendable (Result<[AckReply], ClusterError>) -> Void
        ) {
            self.adapter.serverSideEmit(event, answersWithin: timeout, completion: completion)
        }
    }

    /// A server, for the adapters that are made for it.
    private final class Later: Sendable {
        private let value = Mutex<Server?>(nil)

        var server: Server? { self.value.withLock { $0 } }

        func set(_ server: Server?) { self.value.withLock { $0 = server } }
    }

    @Test("Whoever makes adapters may ask the server for namespaces meanwhile, of groups and others")
    func reentrancy() {
        let loop = TestLoop()
        let later = Later()
        let server = Server(
            shards: loop.shards,
            adapter: { name, local in
                if name == "/one" { _ = later.server?.of("/two") }
                if name == "/t-1" { _ = later.server?.of("/t-2") }
                _ = later.server?.namespaces
                return InMemoryAdapter(local: local)
            },
            logger: Logger(label: "tests")
        )
        later.set(server)
        defer { later.set(nil) }
        let group = server.of(pattern: "/t-*")
        _ = server.of("/one")
        let client = TestClient(on: loop) { server.accept($0) }
        #expect(client.connect(to: "/t-1") != nil)
        #expect(Set(server.namespaces.map(\.name)) == ["/one", "/two", "/t-1", "/t-2"])
        #expect(Set(group.children.map(\.name)) == ["/t-1", "/t-2"])
    }

    @Test("Of a namespace that several threads make at once there is one, with all handlers; nobody notices the others")
    func race() async {
        let loop = TestLoop()
        let adapters = Recorder<(name: String, adapter: NotedAdapter)>()
        let server = Server(
            shards: loop.shards,
            adapter: { name, local in
                let adapter = NotedAdapter(local)
                adapters.add((name, adapter))
                return adapter
            },
            logger: Logger(label: "tests")
        )
        let group = server.of(pattern: "/t-*")
        for round in 0..<50 {
            let name = "/t-\(round)"
            let made = await withTaskGroup(of: ObjectIdentifier.self) { tasks in
                for task in 0..<8 {
                    tasks.addTask {
                        if task == 7 { group.onInline("hello \(round)") { socket, _ in socket.emit(raw: "back") } }
                        return ObjectIdentifier(server.of(name))
                    }
                }
                return await tasks.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(made.count == 1)
        }
        #expect(group.children.count == 50)
        for round in 0..<50 {
            let mine = adapters.all.filter { $0.name == "/t-\(round)" }.map(\.adapter)
            #expect(mine.count { $0.isOpen.load(ordering: .relaxed) > 0 } == 1)
            #expect(mine.allSatisfy { $0.isClosed.load(ordering: .relaxed) == 0 })
            let client = TestClient(on: loop) { server.accept($0) }
            client.connect(to: "/t-\(round)")
            for earlier in [0, round] { client.send("2/t-\(round),[\"hello \(earlier)\"]") }
            #expect(client.take().count == 2, "round \(round)")
            client.end()
            #expect(mine.count { $0.isClosed.load(ordering: .relaxed) > 0 } == 1)
        }
        #expect(group.children.isEmpty)
    }

    @Test("A namespace that is kept longer than its server is of no use, and does no harm")
    func serverIsGone() async throws {
        let loop = TestLoop()
        var server: Server? = Server(
            shards: loop.shards,
            options: ServerOptions(connectionStateRecovery: .init()),
            logger: Logger(label: "tests")
        )
        let namespace = try #require(server?.of("/"))
        namespace.onConnect { _ in }
        #expect(namespace.server === server)
        weak let gone = server
        server = nil
        #expect(gone == nil && namespace.server == nil)
        try namespace.to("r").emit("news", "text")
        namespace.broadcast.socketsJoin("r")
        try namespace.serverSideEmit("hello")
        let answers = try await loop.finish { try await namespace.broadcast.emitWithAck("ask") }
        #expect(answers == BroadcastAnswers())
        #expect(try await loop.finish { try await namespace.serverSideEmitWithAck("hello") }.isEmpty)
        #expect(try await loop.finish { try await namespace.broadcast.fetchSockets() }.isEmpty)
        #expect(try await loop.finish { await namespace.socketCount } == 0)
        namespace.on("message") { _, _ in }
        loop.run()
    }
}
