// Licensed under the MIT licence.

import Chat
import EngineIOCore
import NIOCore
import SocketIO
import SocketIOCore

// Membership at the home of a room. Whatever the hub decides reaches each socket's shard in that order, since jobs from one
// shard to another keep theirs, broadcasts included.
extension ChatShard {
    func join(_ member: ChatMember, as user: ChatUser, _ request: JoinRequest, _ reply: JoinReply) {
        self.perform(self.hub.join(member, as: user, request.room, after: request.after, reply: reply))
    }

    /// `isAwaited`: whether the client has lost its connection and may come back.
    func leave(_ member: ChatMember, _ room: RoomID, isAwaited: Bool = false) {
        let deadline = isAwaited ? self.shard.now + self.recoveryWindow : nil
        guard let actions = self.hub.leave(member, room, awaitedUntil: deadline) else { return }
        self.perform(actions)
        self.scheduleRoomExpiryIfNeeded()
    }

    /// A client has come back to a room.
    func restore(_ member: ChatMember, as user: ChatUser, _ room: RoomID) {
        self.perform(self.hub.restore(member, as: user, room))
    }

    func perform(_ actions: [RoomHubAction<ChatMember, JoinReply>]) {
        var rest = actions[...]
        while let action = rest.popFirst() {
            if case .replay(let progress, let reply) = action, case .read(let reading)? = rest.first {
                rest.removeFirst()
                self.replay(progress, reply, then: reading)
            } else {
                self.perform(action)
            }
        }
    }

    /// Gives one socket a page of a replay, and reads the next one once the socket has taken this one: a long past must not count
    /// against the socket's byte budget.
    private func replay(_ progress: JoinProgress<ChatMember>, _ reply: JoinReply, then next: RoomReading?) {
        let socket = progress.member.socket
        socket.shard.run {
            if progress.isAwaited(by: reply) { progress.send(users: progress.users.map(EncodedUsers.init)) }
            guard let next else { return }
            socket.whenFlushed { self.shard.run { self.read(next) } }
        }
    }

    private func perform(_ action: RoomHubAction<ChatMember, JoinReply>) {
        switch action {
        case .open(let opening):
            self.store.lastSequence(of: opening.room) { result in
                self.shard.run {
                    self.perform(self.hub.opened(opening, result))
                    self.scheduleRetryIfNeeded()
                }
            }
        case .readCursor(let reading):
            self.store.readCursor(of: reading.user, in: reading.room) { result in
                self.shard.run { self.perform(self.hub.cursorRead(reading, result)) }
            }
        case .read(let reading):
            self.read(reading)
        case .deliver(_, let messages):
            for message in messages { self.deliver(message) }
        case .userJoined(let room, let user, let member):
            self.namespace.to(.init(room)).except(.init(stringLiteral: member.socket.id)).emit(
                raw: ServerEvent.userJoined.rawValue,
                arguments: ServerPayload.userJoined(user, room)
            )
        case .userLeft(let room, let user, let member):
            self.namespace.to(.init(room)).except(.init(stringLiteral: member.socket.id)).emit(
                raw: ServerEvent.userLeft.rawValue,
                arguments: ServerPayload.userLeft(user, room)
            )
        case .suspend(let member, let room):
            member.socket.leave(.init(room))
        case .replay(let progress, let reply):
            self.replay(progress, reply, then: nil)
        case .joined(let progress, let reply, let answer):
            progress.member.socket.shard.run { progress.complete(reply, answer) }
        case .joinFailed(let member, let room, let reply, let error):
            member.socket.shard.run {
                if ChatConnection.of(member.socket)?.session.joinFailed(reply.ticket, room) == true {
                    member.socket.leave(.init(room))
                }
                member.socket.refuse(.join, error, reply.acknowledgement)
            }
        }
    }
}

// On the member's own shard.
extension JoinProgress<ChatMember> {
    /// Whether the socket still wants to join.
    ///
    /// If not it has left again: the room's home knows, or is about to.
    func isAwaited(by reply: JoinReply) -> Bool {
        ChatConnection.of(self.member.socket)?.session.isCurrent(reply.ticket, self.room) ?? false
    }

    /// Gives the socket this part of the room's past.
    ///
    /// `users` is who is in the room if the socket is to be told.
    func send(users: EncodedUsers?) {
        let socket = self.member.socket
        if let users {
            socket.emit(
                raw: ServerEvent.roomUsers.rawValue,
                arguments: ServerPayload.roomUsers(self.room, users)
            )
        }
        for message in self.messages {
            socket.emit(
                raw: ServerEvent.message.rawValue,
                arguments: message.encoded,
                attachments: message.message.body.attachments
            )
        }
    }

    /// Gives the socket the rest, lets it take part, and answers.
    func complete(_ reply: JoinReply, _ answer: JoinAnswer) {
        guard self.isAwaited(by: reply) else {
            let error = ChatError(.notRoomMember, "The socket left the room before it had joined it.")
            reply.acknowledgement?.send(raw: ChatReply.error(error))
            return
        }
        let users = EncodedUsers(answer.users)
        self.send(users: self.users == nil ? nil : users)
        self.member.socket.join(.init(self.room))
        reply.acknowledgement?.send(raw: ChatReply.joined(self.room, users: users, answer))
    }
}
