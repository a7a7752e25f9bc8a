// Licensed under the MIT licence.

import NIOCore
import NIOPosix
import ServiceLifecycle
import SocketIOClient
import SocketIOHummingbird
import Testing

/// A Socket.IO server on a port of its own.
@Suite(.timeLimit(.minutes(15))) struct SocketIOServiceTests {
    @Test(arguments: EngineClientOptions.TransportChoice.allCases)
    func servesAndSaysGoodbye(transport: EngineClientOptions.TransportChoice) async throws {
        let watch = PortWatch()
        let service = Self.echo(watch)
        let (reasons, left) = AsyncStream.makeStream(of: DisconnectReason.self)
        service.io.of("/").onDisconnectInline { _, reason in left.yield(reason) }
        let clients = AsyncStream.makeStream(of: SocketClient.self)
        try await Serving.run([service], watch) { port in
            let client = try await Serving.connect(port, transport)
            #expect(try await client.emitWithAck("echo", #""é""#).arguments.first?.stringValue == "é")
            clients.continuation.yield(client)
        }
        #expect(await reasons.first { _ in true }?.rawValue == "server shutting down")
        let client = try #require(await clients.stream.first { _ in true })
        _ = try await client.closed()
    }

    @Test func manyAtOnceBeforeAnythingIsWarm() async throws {
        let watch = PortWatch()
        try await Serving.run([Self.echo(watch)], watch) { port in
            try await withThrowingTaskGroup(of: String?.self) { group in
                for number in 0..<50 {
                    group.addTask {
                        let client = try await Serving.connect(port, number.isMultiple(of: 2) ? .upgrade : .polling)
                        return try await client.emitWithAck("echo", #""\#(number)""#).arguments.first?.stringValue
                    }
                }
                var answers: Set<String?> = []
                for try await answer in group { answers.insert(answer) }
                #expect(answers == Set((0..<50).map { "\($0)" }))
            }
        }
    }

    @Test func anotherPath() async throws {
        let watch = PortWatch()
        try await Serving.run([Self.echo(watch, configuration: .init(path: "/live/"))], watch) { port in
            #expect(try await Serving.ask("GET /socket.io/?EIO=4&transport=polling HTTP/1.1", port).contains(" 404 "))
            let client = try await Serving.connect(port, .websocket, path: "/live/")
            #expect(try await client.emitWithAck("echo", #""here""#).arguments.first?.stringValue == "here")
        }
    }

    @Test func whatIsNotSocketIO() async throws {
        let watch = PortWatch()
        try await Serving.run([Self.echo(watch)], watch) { port in
            let answer = try await Serving.ask("GET / HTTP/1.1", port)
            #expect(answer.hasPrefix("HTTP/1.1 404 "))
            #expect(answer.hasSuffix("\r\n\r\n"))
        }
    }

    @Test func stopsWithoutASingleConnection() async throws {
        let watch = PortWatch()
        try await Serving.run([Self.echo(watch)], watch) { _ in }
    }

    @Test func endsWhenItsTaskIsCancelled() async throws {
        let watch = PortWatch()
        let service = Self.echo(watch)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await service.run() }
            let port = try #require(await watch.port)
            let client = try await Serving.connect(port, .polling)
            group.cancelAll()
            _ = try await client.closed()
            try await group.waitForAll()
        }
    }

    @Test("whoever comes while sessions end over a time is sent elsewhere, by a listener that is still open")
    func draining() async throws {
        let watch = PortWatch()
        let service = Self.echo(watch, configuration: .init(drainDuration: .seconds(3)))
        let group = ServiceGroup(services: [service], logger: Serving.logger)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            let port = try #require(await watch.port)
            let clients = [try await Serving.connect(port, .websocket), try await Serving.connect(port, .polling)]
            let refusal = Serving.ask("GET /socket.io/?EIO=4&transport=polling HTTP/1.1", port, until: " 503 ")
            await group.triggerGracefulShutdown()
            let answer = try await refusal.get()
            #expect(answer.lowercased().contains("\r\nretry-after: "))
            for client in clients { _ = try await client.closed() }
            try await tasks.waitForAll()
        }
    }

    @Test func aTakenPort() async throws {
        let other = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup).bind(
            host: "127.0.0.1",
            port: 0
        ).get()
        let port = try #require(other.localAddress?.port)
        let service = SocketIOService(address: .hostname("127.0.0.1", port: port), logger: Serving.logger)
        let error = await #expect(throws: IOError.self) { try await service.run() }
        #expect(error?.errnoCode == EADDRINUSE)
        try await other.close()
    }

    private static func echo(
        _ watch: PortWatch,
        configuration: SocketIOConfiguration = .init()
    ) -> SocketIOService {
        let service = SocketIOService(
            address: .hostname("127.0.0.1", port: 0),
            configuration: configuration,
            onServerRunning: watch.callback,
            logger: Serving.logger
        )
        service.io.of("/").onRequest("echo") { (_, text: String) in text }
        return service
    }
}
