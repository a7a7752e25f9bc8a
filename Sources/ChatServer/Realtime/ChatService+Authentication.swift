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
            if let tokens = self.access.tokens {
                let token = try self.token(of: event, connection)
                self.check(token, tokens, Verdict(socket, event.acknowledgement), connection)
            } else {
                let request = try AuthenticateRequest(
                    decoding: event.object,
                    requiresUserID: true,
                    limits: self.limits
                )
                try self.accept(request, socket, connection, event.acknowledgement)
            }
        } catch {
            self.refuse(error, Verdict(socket, event.acknowledgement))
        }
    }

    /// A handshake that carries the fields of `authenticate` saves a round trip.
    ///
    /// `isRestored`: the socket has its identity already, which a token may prolong.
    func authenticateFromHandshake(_ socket: Socket, _ connection: ChatConnection, isRestored: Bool = false) {
        do throws(ChatError) {
            if let tokens = self.access.tokens {
                let handshake = socket.handshake
                guard let token = try self.access.handshakeToken(handshake.connection, handshake.auth) else { return }
                let source = isRestored ? Verdict.Source.recovery : .handshake
                self.check(token, tokens, Verdict(socket, nil, source), connection)
            } else if !isRestored {
                guard let request = try self.handshakeRequest(of: socket) else { return }
                try self.accept(request, socket, connection, nil)
            }
        } catch {
            self.refuse(error, Verdict(socket, nil, .handshake))
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

    private func accept(
        _ request: AuthenticateRequest,
        _ socket: Socket,
        _ connection: ChatConnection,
        _ acknowledgement: Acknowledgement?
    ) throws(ChatError) {
        guard let user = request.user else { throw ChatError(.missingUserID, "user_id is required.") }
        try self.accept(Grant(user: user), Verdict(socket, acknowledgement), connection)
    }

    /// Gives a socket its identity, or prolongs it.
    private func accept(_ grant: Grant, _ verdict: Verdict, _ connection: ChatConnection) throws(ChatError) {
        let socket = verdict.socket
        let isNew = connection.session.user == nil
        if isNew || !grant.isVerified {
            try connection.session.authenticate(grant.user)
        } else {
            guard connection.session.user?.id == grant.user.id else { throw .alreadyAuthenticated }
        }
        let user = connection.session.user ?? grant.user
        // First, so that who knows of it can come back to it.
        if socket.isRecoverable { socket.data.keep(Grant(grant, as: user)) }
        self.hold(grant, socket, connection)
        if verdict.source != .recovery {
            socket.emit(raw: ServerEvent.authenticated.rawValue, arguments: ServerPayload.authenticated(user))
            verdict.acknowledgement?.send(raw: ChatReply.authenticated(user))
        }
        guard isNew else { return self.leaveForbiddenRooms(socket, connection) }
        socket.join(.devices(of: user.id))
        let home = self.home(of: user.id)
        home.shard.run { home.connected(ChatMember(socket: socket), as: user) }
    }

    private func refuse(_ error: ChatError, _ verdict: Verdict) {
        let socket = verdict.socket
        socket.refuse(.authenticate, error, verdict.acknowledgement)
        // Whoever fails to say who it is has nothing more to say; a second identity is merely refused.
        guard error.code != .alreadyAuthenticated else { return }
        if verdict.source == .event {
            self.putOut(socket)
        } else {
            // Not at once: python-socketio takes no notice of a disconnect until its `connect` has returned.
            socket.shard.schedule(after: Self.goodbyeDelay) { self.putOut(socket) }
        }
    }

    /// Disconnects a socket, which may take until what came before is recorded; nothing counts that it sends meanwhile.
    private func putOut(_ socket: Socket) {
        ChatConnection.of(socket)?.isEnding = true
        socket.disconnect(close: true)
    }
}

/// Where to say what became of a token.
struct Verdict: Sendable {
    enum Source {
        /// The event `authenticate`.
        case event
        case handshake
        /// The handshake of a client that has come back.
        case recovery
    }

    let socket: Socket
    let acknowledgement: Acknowledgement?
    let source: Source

    init(_ socket: Socket, _ acknowledgement: Acknowledgement?, _ source: Source = .event) {
        self.socket = socket
        self.acknowledgement = acknowledgement
        self.source = source
    }
}

// Tokens.
extension ChatService {
    private func token(of event: Event, _ connection: ChatConnection) throws(ChatError) -> String {
        guard let object = event.object, object.kind == .object else {
            throw ChatError(.invalidPayload, "The payload must be one JSON object.")
        }
        guard let token = try self.access.token(in: object) else {
            throw connection.session.user == nil ? .tokenMissing : .alreadyAuthenticated
        }
        return token
    }

    /// Has a token checked off the event loop; what the socket sends meanwhile waits.
    private func check(_ token: String, _ tokens: TokenVerifier, _ verdict: Verdict, _ connection: ChatConnection) {
        connection.waiting = WaitingEvents()
        Task {
            let result = Result { () throws(TokenFlaw) in try tokens.grant(token, now: self.access.now()) }
            verdict.socket.shard.execute { self.checked(result, verdict) }
        }
    }

    private func checked(_ result: Result<Grant, TokenFlaw>, _ verdict: Verdict) {
        let socket = verdict.socket
        // The socket may have left meanwhile.
        guard let connection = ChatConnection.of(socket), let waiting = connection.waiting.take() else { return }
        do throws(ChatError) {
            switch result {
            case .success(let grant): try self.accept(grant, verdict, connection)
            case .failure(let flaw): throw flaw.chatError
            }
        } catch {
            self.refuse(error, verdict)
        }
        for (index, event) in waiting.events.enumerated() {
            guard !connection.isEnding else { return }
            guard connection.waiting == nil else {
                // One of them brought another token.
                connection.waiting?.putBack(waiting.events[index...])
                return
            }
            self.perform(event, from: socket, connection)
        }
    }

    /// Puts an event behind the token that is being checked, if one is; returns whether it did.
    func holds(_ event: Event, of socket: Socket, _ connection: ChatConnection) -> Bool {
        guard connection.waiting != nil else { return false }
        if connection.waiting?.append(event, maximumBytes: self.settings.maximumWaitingBytes) == false {
            socket.refuse(event.name, .rateLimited, event.acknowledgement)
        }
        return true
    }

    // MARK: What a token gave

    /// Takes a grant's permissions and its end, in place of what held before.
    func hold(_ grant: Grant, _ socket: Socket, _ connection: ChatConnection) {
        connection.permit(grant.permissions)
        self.forgetExpiry(of: socket, connection)
        guard let expiry = grant.expiry else { return }
        let seconds = max(0, expiry - self.access.now())
        // Whatever is further away than the clock reaches does not come while we run.
        guard seconds < 1_000_000_000 else { return }
        connection.expirySecond = self.expiries[socket.shard.index].add(
            socket,
            at: socket.shard.now + .seconds(seconds)
        )
    }

    func forgetExpiry(of socket: Socket, _ connection: ChatConnection) {
        guard let second = connection.expirySecond.take() else { return }
        self.expiries[socket.shard.index].remove(socket, from: second)
    }

    /// A socket's time is over.
    func expired(_ socket: Socket) {
        guard let connection = ChatConnection.of(socket) else { return }
        connection.expirySecond = nil
        guard connection.waiting == nil else {
            // What is being checked may prolong it.
            connection.expirySecond = self.expiries[socket.shard.index].add(socket, at: socket.shard.now)
            return
        }
        socket.refuse(.authenticate, .tokenExpired, nil)
        self.putOut(socket)
    }

    /// A new token may allow less than the one before.
    private func leaveForbiddenRooms(_ socket: Socket, _ connection: ChatConnection) {
        guard !connection.permissions.isEverything else { return }
        let rooms = connection.session.joinedRooms.filter { !connection.permissions.mayJoin($0) }
        guard !rooms.isEmpty else { return }
        for room in rooms {
            guard let ticket = try? connection.session.beginLeave(room) else { continue }
            let reply = JoinReply(event: .leave, acknowledgement: nil, ticket: ticket)
            let home = self.home(of: room)
            home.shard.run { home.leave(ChatMember(socket: socket), room, reply) }
        }
        socket.refuse(.authenticate, .roomsTakenAway, nil)
    }
}

extension Grant {
    /// The same for a user whose name stays what it was.
    fileprivate init(_ grant: Grant, as user: ChatUser) {
        self.init(
            user: user,
            permissions: grant.permissions,
            expiry: grant.expiry,
            isVerified: grant.isVerified
        )
    }
}
