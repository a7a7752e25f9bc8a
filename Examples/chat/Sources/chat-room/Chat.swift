// Licensed under the MIT licence.

import SocketIOHummingbird

/// Rooms that people enter under a name, to talk there.
///
/// | the client emits | is acknowledged with | the others in the room get |
/// |---|---|---|
/// | `enter`, `{"room":"tea","name":"Ann"}` | `{"names":["Ann",…]}` | `entered`, `"Ann"` |
/// | `say`, `"Hello"` | `{"names":null}`; also gets the message | `message`, `{"name":"Ann","text":"Hello"}` |
/// | `typing` | nothing | `typing`, `"Ann"` |
/// | `leave`, or goes away | `{"names":null}` | `left`, `"Ann"` |
///
/// What cannot be done is acknowledged with `{"error":"…"}`.
struct Chat: Sendable {
    private let namespace: Namespace
    private let roster = Roster()

    init(_ namespace: Namespace) {
        self.namespace = namespace
    }

    func register() {
        self.namespace.onRequest("enter") { (socket, place: Place) in
            guard place.isAcceptable else { return Reply(error: "Rooms and names have 1 to 40 letters.") }
            await self.leave(socket)
            let names = await self.roster.enter(socket.id, place)
            socket.join(Room(place.room))
            try socket.to(Room(place.room)).emit("entered", place.name)
            return Reply(names: names)
        }
        self.namespace.onRequest("say") { (socket, text: String) in
            guard let place = await self.roster.place(of: socket.id) else { return Reply(error: "Enter a room first.") }
            guard !text.isEmpty, text.count <= 1_000 else { return Reply(error: "Say 1 to 1,000 letters.") }
            try self.namespace.to(Room(place.room)).emit("message", Message(name: place.name, text: text))
            return Reply()
        }
        self.namespace.on("typing") { (socket: Socket, _: Event) in
            guard let place = await self.roster.place(of: socket.id) else { return }
            // Out of date in a moment: nothing to keep for somebody who cannot take it now.
            try socket.to(Room(place.room)).volatile.emit("typing", place.name)
        }
        self.namespace.onRequest("leave") { socket in
            await self.leave(socket)
            return Reply()
        }
        self.namespace.onDisconnect { socket, _ in await self.leave(socket) }
    }

    private func leave(_ socket: Socket) async {
        guard let place = await self.roster.leave(socket.id) else { return }
        socket.leave(Room(place.room))
        try? self.namespace.to(Room(place.room)).emit("left", place.name)
    }
}

/// Where somebody is, and under which name.
struct Place: Codable, Sendable {
    var room: String
    var name: String

    var isAcceptable: Bool { [self.room, self.name].allSatisfy { 1...40 ~= $0.count } }
}

struct Message: Codable, Sendable {
    var name: String
    var text: String
}

struct Reply: Codable, Sendable {
    var names: [String]?
    var error: String?
}

/// Who is where.
///
/// Handlers of different sockets run at the same time, so it is an actor.
actor Roster {
    private var places: [String: Place] = [:]

    /// Notes where a socket is; returns the names in that room.
    func enter(_ socket: String, _ place: Place) -> [String] {
        self.places[socket] = place
        return self.places.values.filter { $0.room == place.room }.map(\.name).sorted()
    }

    func place(of socket: String) -> Place? { self.places[socket] }

    func leave(_ socket: String) -> Place? { self.places.removeValue(forKey: socket) }
}
