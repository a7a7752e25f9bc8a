// Licensed under the MIT licence.

import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle
import SocketIOClient
import SocketIOHummingbird
import Testing

/// Socket.IO in a Hummingbird application, on the application's port.
@Suite(.timeLimit(.minutes(15))) struct MountedApplicationTests {
    @Test(arguments: EngineClientOptions.TransportChoice.allCases)
    func theRouterAndSocketIOShareAPort(transport: EngineClientOptions.TransportChoice) async throws {
        let watch = PortWatch()
        let mount = Self.mount()
        let application = Application(
            router: Self.router(mount),
            socketIO: mount,
            configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: watch.callback,
            logger: Serving.logger
        )
        try await Serving.run([application], watch) { port in
            let client = try await Serving.connect(port, transport)
            #expect(try await client.emitWithAck("join", #""news""#).arguments.isEmpty)
            let answer = try await Serving.ask("GET /tell HTTP/1.1", port)
            #expect(answer.hasPrefix("HTTP/1.1 200 "))
            #expect(try await client.next("told").arguments.first?.stringValue == "news")
            #expect(try await Serving.ask("GET /nothing HTTP/1.1", port).hasPrefix("HTTP/1.1 404 "))
        }
    }

    @Test("An application of one's own type", arguments: EngineClientOptions.TransportChoice.allCases)
    func anApplicationType(transport: EngineClientOptions.TransportChoice) async throws {
        let watch = PortWatch()
        let mount = Self.mount()
        let application = OwnApplication(mount: mount, watch: watch, responder: Self.router(mount).buildResponder())
        let (reasons, left) = AsyncStream.makeStream(of: DisconnectReason.self)
        mount.io.of("/").onDisconnectInline { _, reason in left.yield(reason) }
        try await Serving.run([application], watch) { port in
            let client = try await Serving.connect(port, transport)
            #expect(try await client.emitWithAck("join", #""news""#).arguments.isEmpty)
            #expect(try await Serving.ask("GET /tell HTTP/1.1", port).hasPrefix("HTTP/1.1 200 "))
            #expect(try await client.next("told").arguments.first?.stringValue == "news")
        }
        #expect(await reasons.first { _ in true }?.rawValue == "server shutting down")
    }

    @Test func servicesOutliveTheSockets() async throws {
        let watch = PortWatch()
        let mount = Self.mount()
        let (steps, step) = AsyncStream.makeStream(of: String.self)
        mount.io.of("/").onDisconnectInline { _, _ in step.yield("socket") }
        let application = Application(
            router: Self.router(mount),
            socketIO: mount,
            configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            services: [Noting { step.yield("service") }],
            onServerRunning: watch.callback,
            logger: Serving.logger
        )
        try await Serving.run([application], watch) { port in
            _ = try await Serving.connect(port, .websocket)
        }
        step.finish()
        #expect(await steps.reduce(into: []) { $0.append($1) } == ["socket", "service"])
    }

    private static func mount() -> SocketIOMount {
        let mount = SocketIOMount(logger: Serving.logger)
        mount.io.of("/").on("join") { (socket: Socket, event: Event) in
            let name = try event.decode(as: String.self)
            socket.join(Room(name))
            try event.acknowledgement?()
        }
        return mount
    }

    private static func router(_ mount: SocketIOMount) -> Router<BasicRequestContext> {
        let router = Router()
        router.get("tell") { _, _ in
            try mount.io.of("/").to("news").emit("told", "news")
            return "told"
        }
        return router
    }
}

private struct OwnApplication: ApplicationProtocol {
    let mount: SocketIOMount
    let watch: PortWatch
    let responder: RouterResponder<BasicRequestContext>

    var server: HTTPServerBuilder { .socketIO(self.mount) }
    var services: [any Service] { [self.mount] }
    var configuration: ApplicationConfiguration { .init(address: .hostname("127.0.0.1", port: 0)) }
    var logger: Logger { Serving.logger }

    func onServerRunning(_ channel: any Channel) async { await self.watch.callback(channel) }
}

/// Notes that it was asked to stop.
private struct Noting: Service {
    let stopped: @Sendable () -> Void

    func run() async throws {
        try await gracefulShutdown()
        self.stopped()
    }
}
