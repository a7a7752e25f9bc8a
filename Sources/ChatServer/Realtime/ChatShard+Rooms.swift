// Licensed under the MIT licence.

import Chat
import EngineIOCore
import NIOCore
import SocketIO
import SocketIOCore

// Membership at the home of a room. All that a socket is given because of the room, its coming to the Socket.IO room and its
// leaving, and the answers to its joins and leaves, set out from here in the order that the hub decides: what sets out from one shard
// keeps its order, broadcasts included.
extension ChatShard {
    func join(_ member: ChatMember, as user: ChatUser, _ request: JoinRequest, _ reply: JoinReply) {
        self.perform(self.hub.join(member, as: user, request.room, after: request.after, reply: reply))
    }

    /// A socket asks to leave a room; what it is given behind the answer has nothing to do with the room.
    func leave(_ member: ChatMember, _ room: RoomID, _ reply: JoinReply) {
        self.perform(self.hub.leave(member, room, reply: reply))
        self.scheduleRoomExpiryIfNeeded()
    }

    /// A socket has disconnected; `isAwaited`: its client may come back.
    func left(_ member: ChatMember, _ room: RoomID, isAwaited: Bool = false) {
        let deadline = isAwaited ? self.shard.now + self.recoveryWindow : nil
        guard let actions = self.hub.leave(member, room, awaitedUntil: deadline) else { return }
        self.perform(actions)
        self.scheduleRoomExpiryIfNeeded()
    }

    /// A client has come back to a room.
    func restore(_ member: ChatMember, as user: ChatUser, _ room: RoomID) {
        self.perform(self.hub.restore(member, as: user, room))
    }

    /// Does what the hub says, behind all that it has said before.
    ///
    /// A store that answers at once has the hub called by what is being done here; what comes of that waits its turn, so that no
    /// client decides how deep calls nest.
    func perform(_ actions: [RoomHubAction<ChatMember, JoinReply>]) {
        self.roomActions.append(actions[...])
        guard self.roomActions.count == 1 else { return }
        while var rest = self.roomActions.first {
            while let action = rest.popFirst() {
                if case .replay(let progress, _) = action, case .read(let reading)? = rest.first {
                    rest.removeFirst()
                    self.replay(progress, then: reading)
                } else {
                    self.perform(action)
                }
            }
            self.roomActions.removeFirst()
        }
    }

    /// Gives one socket a page of a replay, and reads the next one once the socket has taken this one: a long past must not count
    /// against the socket's byte budget.
    private func replay(_ progress: JoinProgress<ChatMember>, then next: RoomReading?) {
        progress.send(users: progress.users.map(EncodedUsers.init))
        guard let next else { return }
        progress.member.socket.whenFlushed { self.shard.run { self.read(next) } }
    }

    /// Tells everybody in a room here but one socket; each node tells its own.
    private func tell(_ room: RoomID, _ event: ServerEvent, _ arguments: ByteBuffer, except member: ChatMember?) {
        let audience = member.map { $0.socket.to(.init(room)) } ?? self.namespace.to(.init(room))
        audience.local.emit(raw: event.rawValue, arguments: arguments)
    }

    private func perform(_ action: RoomHubAction<ChatMember, JoinReply>) {
        switch action {
        case .open(let opening):
            self.follow(opening)
        case .readCursor(let reading):
            self.store.readCursor(of: reading.user, in: reading.room) { result in
                self.shard.run { self.perform(self.hub.cursorRead(reading, result)) }
            }
        case .read(let reading):
            self.read(reading)
        case .deliver(_, let messages):
            for message in messages { self.deliver(message) }
        case .userJoined(let room, let user, let member):
            self.tell(room, .userJoined, ServerPayload.userJoined(user, room), except: member)
        case .userLeft(let room, let user, let member):
            self.tell(room, .userLeft, ServerPayload.userLeft(user, room), except: member)
        case .close(let room):
            self.cluster?.unfollow(.room(room))
            self.noteClosed(room)
        case .enter(let room, let user):
            self.cluster?.enter(user, .room(room))
        case .exit(let room, let user):
            self.cluster?.exit(user, .room(room))
        case .readRoster(let opening):
            self.readRoster(opening)
        case .suspend(let member, let room):
            member.socket.leave(.init(room))
        case .replay(let progress, _):
            self.replay(progress, then: nil)
        case .joined(let progress, let reply, let answer):
            progress.complete(reply, answer)
        case .left(let member, let room, let reply):
            member.socket.leave(.init(room))
            member.withSession { $0.ended(reply.ticket, room) }
            reply.acknowledgement?.send(raw: ChatReply.left(room))
        case .refused(let member, let room, let reply, let standing):
            member.withSession {
                $0.refused(reply.ticket, room, standing: standing.ticket, isLeave: standing.event == .leave)
            }
            member.socket.refuse(reply.event, .rateLimited, reply.acknowledgement)
        case .joinFailed(let member, let room, let reply, let error):
            member.socket.leave(.init(room))
            member.withSession { $0.ended(reply.ticket, room) }
            member.socket.refuse(.join, error, reply.acknowledgement)
        case .joinKept(let member, _, let reply, let error):
            member.socket.refuse(.join, error, reply.acknowledgement)
        }
    }
}

extension ChatMember {
    /// Tells the socket's session, on the socket's shard, before anything that is sent to the socket after this.
    fileprivate func withSession(_ change: @escaping @Sendable (inout ChatSession) -> Void) {
        self.socket.shard.run {
            guard let connection = ChatConnection.of(self.socket) else { return }
            change(&connection.session)
        }
    }
}

extension JoinProgress<ChatMember> {
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
        let users = EncodedUsers(answer.users)
        self.send(users: self.users == nil ? nil : users)
        self.member.socket.join(.init(self.room))
        reply.acknowledgement?.send(raw: ChatReply.joined(self.room, users: users, answer))
    }
}
