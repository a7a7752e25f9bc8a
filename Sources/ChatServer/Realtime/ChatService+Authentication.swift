// Licensed under the MIT licence.

import Chat
import EngineIOCore
import NIOCore
import SocketIO
import WireJSON

// Who a socket is.
extension ChatService {
    func authenticate(_ event: Event, _ socket: Socket, _ connection: ChatConnection) {
        do throws(ChatError) {
            let request = try AuthenticateRequest(
                decoding: event.object,
                requiresUserID: true,
                limits: self.limits
            )
            try self.authenticate(request, socket, connection, event.acknowledgement)
        } catch {
            socket.refuse(.authenticate, error, event.acknowledgement)
            // Whoever fails to say who it is has nothing more to say; a second identity is merely refused.
            if error.code != .alreadyAuthenticated { socket.disconnect(close: true) }
        }
    }

    /// A handshake that carries the fields of `authenticate` saves a round trip.
    func authenticateFromHandshake(_ socket: Socket, _ connection: ChatConnection) {
        do throws(ChatError) {
            guard let request = try self.handshakeRequest(of: socket) else { return }
            try self.authenticate(request, socket, connection, nil)
        } catch {
            socket.refuse(.authenticate, error, nil)
            // Not at once: python-socketio takes no notice of a disconnect until its `connect` has returned.
            socket.shard.schedule(after: Self.goodbyeDelay) { socket.disconnect(close: true) }
        }
    }

    /// How long a client whose handshake was refused has to settle before it is put out.
    private static let goodbyeDelay = TimeAmount.milliseconds(500)

    /// The `auth` object of a CONNECT packet, or the query of a client of Engine.IO 3; nothing if neither names a user.
    private func handshakeRequest(of socket: Socket) throws(ChatError) -> AuthenticateRequest? {
        let handshake = socket.handshake
        if handshake.auth.member("user_id") != nil {
            return try AuthenticateRequest(decoding: handshake.auth, requiresUserID: true, limits: self.limits)
        }
        guard handshake.connection.revision == .v3 else { return nil }
        var fields: [String: String] = [:]
        for parameter in handshake.connection.query { fields[parameter.name] = parameter.value }
        guard fields["user_id"] != nil else { return nil }
        return try AuthenticateRequest(
            userID: fields["user_id"],
            username: fields["username"],
            token: fields["token"],
            requiresUserID: true,
            limits: self.limits
        )
    }

    private func authenticate(
        _ request: AuthenticateRequest,
        _ socket: Socket,
        _ connection: ChatConnection,
        _ acknowledgement: Acknowledgement?
    ) throws(ChatError) {
        guard let user = request.user else { throw ChatError(.missingUserID, "user_id is required.") }
        try connection.session.authenticate(user)
        // First, so that who knows of it can come back to it.
        if socket.isRecoverable { socket.data.keep(user) }
        socket.emit(raw: ServerEvent.authenticated.rawValue, arguments: ServerPayload.authenticated(user))
        acknowledgement?.send(raw: ChatReply.authenticated(user))
        socket.join(.devices(of: user.id))
        let home = self.home(of: user.id)
        home.shard.run { home.connected(ChatMember(socket: socket), as: user) }
    }
}
