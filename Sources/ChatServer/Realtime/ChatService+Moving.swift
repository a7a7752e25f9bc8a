// Licensed under the MIT licence.

import Chat
import EngineIOCore
import NIOCore
import SocketIO
import SocketIOCore
import WireJSON

// Clients that come to this node with the session that they had at another.
extension ChatService {
    /// How messages are numbered, so that a node knows what a client was sent by another.
    static let numbering = RoomNumbering(eventName: ServerEvent.message.rawValue) { event in
        try? JSONValue(validating: event.arguments).member("seq")?.intValue
    }

    /// Brings a session to the present of all its chat rooms: their messages since it left the other node, and then who is in them.
    ///
    /// Who came and went meanwhile, who read what and how those were whom it watches cannot be known if that node is dead: it is told how
    /// things are instead.
    ///
    /// - Parameters:
    ///   - welcome: The session, on the shard of its log.
    ///   - whenDone: Called there, with whether nothing is missing.
    func welcome(_ welcome: SessionWelcome, whenDone: @escaping @Sendable (Bool) -> Void) {
        let session = welcome.session
        let rooms = session.rooms.filter { $0.chatRoom != nil }
        let user = SocketData.grant(in: session.data, self.limits)?.user
        let count = RoomCount(rooms.count, whenDone)
        guard !rooms.isEmpty else { return whenDone(true) }
        for room in rooms {
            guard let id = room.chatRoom, let user, let number = session.numbers[room] else {
                count.finish(false)
                continue
            }
            let home = self.home(of: id)
            let visit = RoomVisit(welcome: welcome, user: user, number: number) { isThere in
                self.namespace.onRecoveryShard { count.finish(isThere) }
            }
            home.shard.run { home.receive(visit, id) }
        }
    }
}

/// A session on its way into a room.
private struct RoomVisit: Sendable {
    let welcome: SessionWelcome
    let user: ChatUser
    /// The last message that it was sent elsewhere.
    let number: Int
    let whenDone: @Sendable (Bool) -> Void
}

/// Counts the rooms that a session has yet to come to.
///
/// `@unchecked Sendable`: made and touched on the log's shard only, where a session is welcomed, and to which the word of each room is
/// brought back (`onRecoveryShard`).
private final class RoomCount: @unchecked Sendable {
    private var left: Int
    private var isGood = true
    private let whenDone: @Sendable (Bool) -> Void

    init(_ count: Int, _ whenDone: @escaping @Sendable (Bool) -> Void) {
        self.left = count
        self.whenDone = whenDone
    }

    func finish(_ succeeded: Bool) {
        self.left -= 1
        self.isGood = self.isGood && succeeded
        if self.left == 0 { self.whenDone(self.isGood) }
    }
}

extension ChatShard {
    fileprivate func receive(_ visit: RoomVisit, _ room: RoomID) {
        self.perform(self.hub.expect(room, until: self.shard.now + self.recoveryWindow))
        self.scheduleRoomExpiryIfNeeded()
        self.begin(visit, room, until: self.shard.now + .seconds(5), pause: .milliseconds(2))
    }

    /// Tries until the room is open and as far as the session is.
    private func begin(_ visit: RoomVisit, _ room: RoomID, until deadline: NIODeadline, pause: TimeAmount) {
        if let (client, step) = self.hub.beginReturn(to: room, after: visit.number) {
            return self.carryOut(step, client, visit)
        }
        guard self.shard.now < deadline else { return visit.whenDone(false) }
        // Something may have been lost on the way here; reads what there is, at most once at a time.
        if pause > .milliseconds(20) { self.carryOut(self.hub.timelines.doubted(room)) }
        self.shard.schedule(after: pause) {
            let next = min(.nanoseconds(pause.nanoseconds * 2), TimeAmount.milliseconds(100))
            self.begin(visit, room, until: deadline, pause: next)
        }
    }

    private func carryOut(_ step: RoomReturn.Step, _ client: RoomReturn, _ visit: RoomVisit) {
        let room = client.room
        let users =
            step.query == nil ? EncodedUsers(Set(self.hub.users(in: room)).union([visit.user.id]).sorted()) : nil
        // What members are given sets out from here by the same way, so what comes behind comes behind the joining.
        self.namespace.onRecoveryShard {
            for message in step.messages {
                _ = visit.welcome.give(
                    ServerEvent.message.rawValue,
                    arguments: message.encoded,
                    attachments: message.message.body.attachments
                )
            }
            guard let users else { return }
            _ = visit.welcome.give(
                ServerEvent.roomUsers.rawValue,
                arguments: ServerPayload.roomUsers(room, users)
            )
            visit.welcome.joined(Room(room))
        }
        guard let query = step.query else { return visit.whenDone(true) }
        self.store.messages(in: room, query, now: self.timestamp()) { result in
            self.shard.run {
                var client = client
                guard let next = self.hub.proceed(&client, result) else { return visit.whenDone(false) }
                self.carryOut(next, client, visit)
            }
        }
    }
}
