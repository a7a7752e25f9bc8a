// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import SocketIO
import SocketIOCore
import WireJSON

/// The events that the protocol suites expect on `/`, `/custom` and `/guarded`.
struct ConformanceApplication: Sendable {
    private static let watchers = Room("watchers", realm: 1)

    private let io: Server

    init(_ io: Server) {
        self.io = io
    }

    func register() {
        for name in ["/", "/custom", "/guarded"] { self.registerEcho(self.io.of(name)) }
        self.io.of("/guarded").use { socket in
            guard socket.handshake.auth.member("token")?.isString("sesame") == true else {
                let data = try JSONValue(validating: ByteBuffer(string: #"{"code":"E_AUTH","details":"é😀"}"#))
                throw ConnectionRefusal("not authorized", data: data)
            }
        }
        self.registerHandshake()
        self.registerRooms()
        self.registerBursts()
        self.registerEndings()
        self.registerRecovery()
    }

    private func registerEcho(_ namespace: Namespace) {
        namespace.onConnect { socket in
            try? socket.emit("auth", socket.handshake.auth)
        }
        namespace.on("message") { (socket: Socket, event: Event) in
            socket.emit(raw: "message-back", arguments: event.rawArguments, attachments: event.attachments)
        }
        namespace.on("message-with-ack") { (_: Socket, event: Event) in
            event.acknowledgement?.send(raw: event.rawArguments, attachments: event.attachments)
        }
    }

    private func registerHandshake() {
        self.io.of("/").on("get-handshake") { (socket: Socket, event: Event) in
            let connection = socket.handshake.connection
            var query: [String: String] = [:]
            for parameter in connection.query { query[parameter.name] = parameter.value }
            var json = ByteBuffer()
            json.writeString(#"{"query":"#)
            json.writeJSONObject(query)
            json.writeString(#","auth":"#)
            json.writeJSON(socket.handshake.auth)
            json.writeString(
                #","eio":\#(connection.revision.rawValue),"transport":"\#(connection.transport.rawValue)","id":"#
            )
            json.writeJSONString(socket.id)
            json.writeString("}")
            event.acknowledgement?.send(raw: json)
        }
        self.io.of("/").on("ask-me") { (socket: Socket, event: Event) in
            socket.emit(raw: "server-ask", arguments: event.rawArguments, attachments: event.attachments) { answer in
                guard case .success(let reply) = answer else { return }
                socket.emit(raw: "server-ask-result", arguments: reply.rawArguments, attachments: reply.attachments)
            }
        }
    }

    private func registerRooms() {
        let main = self.io.of("/")
        main.on("join-room") { (socket: Socket, event: Event) in
            guard let room = event.firstArgument?.stringValue else { return }
            socket.join(Room(room))
            event.acknowledgement?.send(raw: ByteBuffer())
        }
        main.on("leave-room") { (socket: Socket, event: Event) in
            guard let room = event.firstArgument?.stringValue else { return }
            socket.leave(Room(room))
            event.acknowledgement?.send(raw: ByteBuffer())
        }
        main.on("to-room") { (_: Socket, event: Event) in
            guard let room = event.firstArgument?.stringValue else { return }
            main.to(Room(room)).emit(raw: "room-event", arguments: event.rawArguments, attachments: event.attachments)
        }
        main.on("to-others") { (socket: Socket, event: Event) in
            guard let room = event.firstArgument?.stringValue else { return }
            socket.to(Room(room)).emit(raw: "room-event", arguments: event.rawArguments, attachments: event.attachments)
        }
    }

    private func registerBursts() {
        /// More than any suite asks for, and less than a connection's byte budget.
        let maximumBurst = 10_000
        self.io.of("/").on("burst") { (socket: Socket, count: Int) in
            for item in 0..<max(0, min(count, maximumBurst)) {
                socket.emit(raw: "burst-item", arguments: ByteBuffer(string: "\(item)"))
            }
        }
        self.io.of("/").on("volatile-burst") { (socket: Socket, count: Int) in
            for item in 0..<max(0, min(count, maximumBurst)) {
                socket.emit(raw: "volatile-item", arguments: ByteBuffer(string: "\(item)"), isVolatile: true)
            }
            socket.emit(raw: "volatile-done", arguments: ByteBuffer(string: "\(count)"))
        }
    }

    /// What the tests of connection state recovery need besides.
    private func registerRecovery() {
        let main = self.io.of("/")
        main.on("volatile-to-room") { (_: Socket, event: Event) in
            guard let room = event.firstArgument?.stringValue else { return }
            var arguments = ByteBuffer()
            for argument in event.arguments.dropFirst() {
                if arguments.readableBytes > 0 { arguments.writeString(",") }
                arguments.writeJSON(argument)
            }
            main.to(Room(room)).volatile.emit(raw: "volatile-event", arguments: arguments)
        }
        main.on("remember") { (socket: Socket, event: Event) in
            try socket.data.set("value", event.firstArgument ?? .null)
            event.acknowledgement?.send(raw: ByteBuffer())
        }
        main.on("recall") { (socket: Socket, event: Event) in
            event.acknowledgement?.send(raw: (socket.data.json.member("value") ?? .null).bytes)
        }
    }

    private func registerEndings() {
        let main = self.io.of("/")
        main.on("error-please") { (socket: Socket, event: Event) in
            socket.emit(raw: "error", arguments: event.rawArguments, attachments: event.attachments)
        }
        main.on("server-disconnect") { (socket: Socket, _: Event) in socket.disconnect() }
        main.on("server-close") { (socket: Socket, _: Event) in socket.disconnect(close: true) }
        main.on("watch") { (socket: Socket, event: Event) in
            socket.join(Self.watchers)
            event.acknowledgement?.send(raw: ByteBuffer())
        }
        main.onDisconnect { socket, reason in
            try? main.to(Self.watchers).emit("peer-left", socket.id, reason.rawValue)
        }
    }
}

extension ByteBuffer {
    fileprivate mutating func writeJSONObject(_ strings: [String: String]) {
        self.writeString("{")
        for (index, entry) in strings.sorted(by: { $0.key < $1.key }).enumerated() {
            if index > 0 { self.writeString(",") }
            self.writeJSONString(entry.key)
            self.writeString(":")
            self.writeJSONString(entry.value)
        }
        self.writeString("}")
    }
}
