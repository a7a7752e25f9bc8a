// Licensed under the MIT licence.

import Hummingbird
import SocketIOAdmin
import SocketIOHummingbird

// The code of the documentation's articles, compiled: dev/check-docs.py finds each of their blocks here or in another test.

enum GettingStarted {
    static func serve() async throws {
        let service = SocketIOService(address: .hostname("127.0.0.1", port: 3000))
        service.io.of("/").onRequest("greet") { (_, name: String) in
            "Hello, \(name)!"
        }
        try await service.runService()
    }

    static func configured() -> SocketIOService {
        var configuration = SocketIOConfiguration()
        configuration.engine.pingInterval = .seconds(10)
        configuration.engine.cors.origins = .only(["https://chat.example"])
        configuration.server.acknowledgementTimeout = .seconds(5)
        let service = SocketIOService(
            address: .hostname("0.0.0.0", port: 8080),
            configuration: configuration,
            onServerRunning: { channel in print("port", channel.localAddress?.port ?? 0) }
        )
        return service
    }

    static func mounted() async throws {
        let router = Router()
        let mount = SocketIOMount()
        mount.io.of("/").on("follow") { (socket, id: Int) in
            socket.join(Room("order \(id)"))
        }
        router.post("orders/:id/shipped") { _, context in
            let id = try context.parameters.require("id", as: Int.self)
            try mount.io.of("/").to(Room("order \(id)")).emit("shipped", id)
            return HTTPResponse.Status.accepted
        }
        let app = Application(router: router, socketIO: mount)
        try await app.runService()
    }
}

enum EventsAndAcknowledgements {
    struct Order: Codable, Sendable {
        var item: String
        var count: Int
    }

    struct Receipt: Codable, Sendable {
        var id: Int?
        var error: String?
    }

    static func events(_ namespace: Namespace) {
        namespace.on("move") { (socket, x: Double, y: Double) in
            try socket.broadcast.emit("moved", socket.id, x, y)
        }
        namespace.on("order") { (socket, order: Order) in
            try socket.emit("ordered", order)
        }
        namespace.on("echo") { (socket: Socket, event: Event) in
            socket.emit(raw: "echo", arguments: event.rawArguments, attachments: event.attachments)
        }
    }

    static func acknowledgements(_ namespace: Namespace) {
        namespace.onRequest("add") { (_, left: Int, right: Int) in left + right }
        namespace.onRequest("order") { (_, order: Order) in
            guard order.count > 0 else { return Receipt(error: "Nothing to order.") }
            return Receipt(id: 1)
        }
        namespace.on("quiz") { (socket: Socket, _: Event) in
            let reply = try await socket.emitWithAck("question", "6 × 7?", timeout: .seconds(10))
            let answer = try reply.decode(as: Int.self)
            try socket.emit("result", answer == 42)
        }
    }
}

enum RoomsAndBroadcasting {
    static func rooms(_ namespace: Namespace) {
        namespace.on("follow") { (socket, topic: String) in
            socket.join(Room(topic))
        }
        namespace.on("unfollow") { (socket, topic: String) in
            socket.leave(Room(topic))
        }
        namespace.on("say") { (socket, room: String, text: String) in
            try socket.to(Room(room)).emit("said", socket.id, text)
        }
    }

    static func broadcasts(_ namespace: Namespace) throws {
        try namespace.emit("everybody", 1)
        try namespace.to("news", "sports").emit("either room", 2)
        try namespace.to("news").except("muted").emit("not these", 3)
        try namespace.broadcast.volatile.emit("who can take it now", 4)
    }
}

enum NamespacesAndMiddleware {
    static func parts(_ io: Server, isValid: @escaping @Sendable (String) async throws -> Bool) {
        let admin = io.of("/admin")
        admin.onConnect { socket in
            try? socket.emit("welcome", socket.id)
        }
        admin.onDisconnect { socket, reason in
            print("\(socket.id) left: \(reason)")
        }
        admin.use { socket in
            guard let token = socket.handshake.auth.member("token")?.stringValue, try await isValid(token) else {
                throw ConnectionRefusal("not authorized")
            }
        }
    }
}

enum Administration {
    static func reachable() -> SocketIOService {
        let service = SocketIOService(
            address: .hostname("0.0.0.0", port: 3000),
            configuration: SocketIOConfiguration(
                engine: EngineIOOptions(
                    cors: CORS(origins: .only(["https://app.example", "https://admin.socket.io"]), credentials: true)
                )
            )
        )
        return service
    }

    static func attached(to service: SocketIOService) throws {
        let admin = try AdminInterface(
            options: AdminOptions(
                authentication: .basic(username: "admin", passwordHash: "$2y$10$…"),
                mode: .development,
                isReadOnly: true
            )
        )
        admin.attach(to: service.io)
    }
}
