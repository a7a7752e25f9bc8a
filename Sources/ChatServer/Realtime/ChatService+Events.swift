// Licensed under the MIT licence.

import Chat
import EngineIOCore
import NIOCore
import SocketIO
import SocketIOCore
import WireJSON

// Events from sockets, each on its socket's shard.
extension ChatService {
    func received(_ kind: ClientEvent, _ event: Event, from socket: Socket) {
        guard let connection = ChatConnection.of(socket), !connection.isEnding else { return }
        connection.counters.received(kind)
        guard self.admit(event, from: socket, connection), !self.holds(event, of: socket, connection) else { return }
        self.perform(kind, event, from: socket, connection)
    }

    func receivedUnknown(_ event: Event, from socket: Socket) {
        guard let connection = ChatConnection.of(socket), !connection.isEnding else { return }
        connection.counters.receivedUnknown()
        guard self.admit(event, from: socket, connection), !self.holds(event, of: socket, connection) else { return }
        socket.refuse(event.name, .unknownEvent, event.acknowledgement)
    }

    /// Does what an event says that has waited.
    func perform(_ event: Event, from socket: Socket, _ connection: ChatConnection) {
        if let kind = ClientEvent(rawValue: event.name) {
            self.perform(kind, event, from: socket, connection)
        } else {
            socket.refuse(event.name, .unknownEvent, event.acknowledgement)
        }
    }

    private func perform(_ kind: ClientEvent, _ event: Event, from socket: Socket, _ connection: ChatConnection) {
        do throws(ChatError) {
            switch kind {
            case .authenticate: self.authenticate(event, socket, connection)
            case .join: try self.join(event, socket, connection)
            case .leave: try self.leave(event, socket, connection)
            case .message: try self.message(event, socket, connection)
            case .history: try self.history(event, socket, connection)
            case .typing: try self.typing(event, socket, connection)
            case .read: try self.read(event, socket, connection)
            case .subscribeStatus: try self.subscribe(event, socket, connection)
            case .unsubscribeStatus: try self.unsubscribe(event, socket, connection)
            }
            self.noteActivity(of: connection, at: socket.shard.now)
        } catch {
            socket.refuse(kind, error, event.acknowledgement)
        }
    }

    /// Applies the rate limits; a refused event is answered here.
    private func admit(_ event: Event, from socket: Socket, _ connection: ChatConnection) -> Bool {
        guard let limits = self.settings.rateLimits else { return true }
        switch connection.session.admit(bytes: event.byteCount, limits, now: socket.shard.now) {
        case .admitted:
            return true
        case .refused(let complain):
            if complain {
                socket.refuse(event.name, .rateLimited, event.acknowledgement)
            } else {
                connection.counters.refused(.rateLimited)
                event.acknowledgement?.send(raw: ChatReply.error(.rateLimited))
            }
            return false
        }
    }

    private func noteActivity(of connection: ChatConnection, at now: NIODeadline) {
        guard let user = connection.session.user, connection.session.isActivityNews(now: now) else { return }
        let home = self.home(of: user.id)
        home.shard.run { home.active(user.id) }
    }

    // MARK: Rooms

    private func join(_ event: Event, _ socket: Socket, _ connection: ChatConnection) throws(ChatError) {
        let user = try connection.session.authenticated()
        let request = try JoinRequest(decoding: event.object)
        try connection.requireJoining(request.room)
        let ticket = try connection.session.beginJoin(request.room, self.limits)
        let reply = JoinReply(event: .join, acknowledgement: event.acknowledgement, ticket: ticket)
        let home = self.home(of: request.room)
        home.shard.run { home.join(ChatMember(socket: socket), as: user, request, reply) }
    }

    private func leave(_ event: Event, _ socket: Socket, _ connection: ChatConnection) throws(ChatError) {
        _ = try connection.session.authenticated()
        let room = try RoomRequest(decoding: event.object).room
        let ticket = try connection.session.beginLeave(room)
        let home = self.home(of: room)
        let reply = JoinReply(event: .leave, acknowledgement: event.acknowledgement, ticket: ticket)
        home.shard.run { home.leave(ChatMember(socket: socket), room, reply) }
    }

    // MARK: Messages

    private func message(_ event: Event, _ socket: Socket, _ connection: ChatConnection) throws(ChatError) {
        let user = try connection.session.authenticated()
        let request = try MessageRequest(
            decoding: event.object,
            attachments: event.attachments,
            limits: self.limits,
            recentRoom: connection.session.recentRoom
        )
        try connection.session.requireMembership(of: request.room)
        try connection.requireSending(to: request.room)
        let home = self.home(of: request.room)
        let acknowledgement = event.acknowledgement
        let clientID = request.clientID
        let trace = connection.trace
        home.shard.run {
            trace.run {
                home.accept(request, from: user) { receipt in
                    socket.shard.run { socket.tell(receipt, clientID: clientID, acknowledgement) }
                }
            }
        }
    }

    private func history(_ event: Event, _ socket: Socket, _ connection: ChatConnection) throws(ChatError) {
        _ = try connection.session.authenticated()
        let request = try HistoryRequest(decoding: event.object, limits: self.limits)
        try connection.session.requireMembership(of: request.room)
        try connection.requireReading(request.room)
        // Nobody would get the answer.
        guard let acknowledgement = event.acknowledgement else { return }
        let home = self.home(of: request.room)
        let maximumAttachments = self.limits.maximumAttachmentsPerPage
        let trace = connection.trace
        home.shard.run {
            trace.run {
                home.history(of: request.room, request.query, maximumAttachments: maximumAttachments) { result in
                    socket.shard.run { self.answer(acknowledgement, with: result, to: socket) }
                }
            }
        }
    }

    private func answer(
        _ acknowledgement: Acknowledgement,
        with result: Result<EncodedPage, ChatError>,
        to socket: Socket
    ) {
        switch result {
        case .success(let page):
            if let limits = self.settings.rateLimits {
                let byteCount = page.attachments.reduce(page.messages.readableBytes) { $0 + $1.readableBytes }
                ChatConnection.of(socket)?.session.charge(bytes: byteCount, limits, now: socket.shard.now)
            }
            acknowledgement.send(raw: ChatReply.history(page), attachments: page.attachments)
        case .failure(let error):
            socket.refuse(.history, error, acknowledgement)
        }
    }

    private func typing(_ event: Event, _ socket: Socket, _ connection: ChatConnection) throws(ChatError) {
        let user = try connection.session.authenticated()
        let request = try TypingRequest(decoding: event.object)
        try connection.session.requireMembership(of: request.room)
        try connection.requireSending(to: request.room)
        socket.to(.init(request.room)).volatile.emit(
            raw: ServerEvent.typing.rawValue,
            arguments: ServerPayload.typing(user, request.room, isTyping: request.isTyping)
        )
        event.acknowledgement?.send(raw: ChatReply.done())
    }

    private func read(_ event: Event, _ socket: Socket, _ connection: ChatConnection) throws(ChatError) {
        let user = try connection.session.authenticated()
        let request = try ReadRequest(decoding: event.object)
        try connection.session.requireMembership(of: request.room)
        try connection.requireReading(request.room)
        let cursor = ReadCursor(room: request.room, user: user.id, seq: request.seq)
        let home = self.home(of: request.room)
        let acknowledgement = event.acknowledgement
        let member = ChatMember(socket: socket)
        let userHome = self.home(of: user.id)
        home.shard.run {
            home.advance(cursor) { result in
                if case .success(let moved?) = result {
                    userHome.shard.run { userHome.tell(moved, movedBy: member) }
                }
                socket.shard.run {
                    switch result {
                    case .success: acknowledgement?.send(raw: ChatReply.done())
                    case .failure: socket.refuse(.read, .unavailable, acknowledgement)
                    }
                }
            }
        }
    }

    // MARK: Presence

    // A shard reads from its connections before it does what other shards have given it. Who watches is therefore never looked after at
    // once, but behind that: a user whose client has been told `authenticated`, by whatever shard, is at home then.

    private func subscribe(_ event: Event, _ socket: Socket, _ connection: ChatConnection) throws(ChatError) {
        _ = try connection.session.authenticated()
        let target = try StatusRequest(decoding: event.object).target
        try connection.session.watch(target, self.limits)
        let home = self.home(of: target)
        let acknowledgement = event.acknowledgement
        home.shard.execute {
            home.watch(target, by: ChatMember(socket: socket)) { status in
                socket.emit(raw: status.event.rawValue, arguments: ServerPayload.status(status))
                acknowledgement?.send(raw: ChatReply.status(status))
            }
        }
    }

    private func unsubscribe(_ event: Event, _ socket: Socket, _ connection: ChatConnection) throws(ChatError) {
        _ = try connection.session.authenticated()
        let target = try StatusRequest(decoding: event.object).target
        _ = connection.session.unwatch(target)
        let home = self.home(of: target)
        let acknowledgement = event.acknowledgement
        // From there, so that nothing of the user comes behind the answer.
        home.shard.execute { home.unwatch(target, by: ChatMember(socket: socket), acknowledgement) }
    }
}

extension Socket {
    /// Tells the sender what became of its message.
    fileprivate func tell(_ receipt: ChatShard.Receipt, clientID: ExactText?, _ acknowledgement: Acknowledgement?) {
        switch receipt {
        case .success(let receipt):
            self.emit(
                raw: ServerEvent.messageAck.rawValue,
                arguments: ServerPayload.messageAck(receipt, clientID: clientID)
            )
            acknowledgement?.send(raw: ChatReply.message(receipt))
        case .failure(let error):
            self.refuse(.message, error, acknowledgement)
        }
    }
}

extension Event {
    /// What events of the contract carry: their first argument, unless that is bytes.
    var object: JSONValue? {
        guard let argument = self.firstArgument else { return nil }
        let isBytes = !self.attachments.isEmpty && argument.member("_placeholder")?.boolValue == true
        return isBytes ? nil : argument
    }
}
