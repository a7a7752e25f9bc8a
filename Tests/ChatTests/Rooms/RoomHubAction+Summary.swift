// Licensed under the MIT licence.

import Chat
import Testing

/// Actions in one line each, for transcripts.
extension [RoomHubAction<String, Int>] {
    var summary: [String] { self.map(\.summary) }

    var opening: RoomOpening? {
        for case .open(let opening) in self { return opening }
        return nil
    }

    var cursors: [CursorReading] {
        self.compactMap { action in
            guard case .readCursor(let reading) = action else { return nil }
            return reading
        }
    }

    var reading: RoomReading? {
        for case .read(let reading) in self { return reading }
        return nil
    }
}

extension RoomHub<String, Int> {
    /// A join of a user who has read nothing, which a quick store says at once.
    mutating func enter(
        _ member: String,
        as user: ChatUser,
        _ room: RoomID,
        after: Int?,
        reply: Int
    ) -> [Action] {
        var actions = self.join(member, as: user, room, after: after, reply: reply)
        for reading in actions.cursors { actions += self.cursorRead(reading, .success(0)) }
        return actions.filter { action in
            if case .readCursor = action { false } else { true }
        }
    }
}

extension RoomHubAction<String, Int> {
    fileprivate var summary: String {
        switch self {
        case .open(let opening): "open \(opening.room.string)"
        case .read(let reading): "read \(reading.room.string) after \(reading.query.after ?? -1)"
        case .deliver(let room, let messages): "deliver \(room.string) \(messages.summary)"
        case .userJoined(_, let user, let member):
            "user_joined \(user.id.string)" + (member.map { " not to \($0)" } ?? "")
        case .userLeft(_, let user, _): "user_left \(user.id.string)"
        case .close(let room): "close \(room.string)"
        case .enter(let room, let user): "enter \(room.string) \(user.id.string)"
        case .exit(let room, let user): "exit \(room.string) \(user.id.string)"
        case .readRoster(let reading): "roster of \(reading.room.string)"
        case .suspend(let member, _): "suspend \(member)"
        case .replay(let progress, _): "replay \(progress.summary)"
        case .readCursor(let reading): "cursor of \(reading.user.string) in \(reading.room.string)"
        case .joined(let progress, let reply, let answer):
            "joined \(progress.member) #\(reply) last \(answer.lastSequence)"
                + (answer.lastRead > 0 ? " read \(answer.lastRead) unread \(answer.unread)" : "")
                + " users \(answer.users.summary): told \(progress.told)"
        case .left(let member, _, let reply): "left \(member) #\(reply)"
        case .refused(let member, _, let reply, let standing): "refused \(member) #\(reply), #\(standing) stands"
        case .joinFailed(let member, _, let reply, let error): "failed \(member) #\(reply) \(error.code.rawValue)"
        case .joinKept(let member, _, let reply, let error): "kept \(member) #\(reply) \(error.code.rawValue)"
        }
    }
}

extension JoinProgress<String> {
    fileprivate var summary: String { "\(self.member): told \(self.told)" }
    fileprivate var told: String { "\(self.users?.summary ?? "-"), \(self.messages.summary)" }
}

extension [UserID] {
    fileprivate var summary: String { self.map(\.string).joined(separator: " ") }
}

extension [StoredMessage] {
    fileprivate var summary: String {
        self.isEmpty ? "-" : self.map { String($0.seq) }.joined(separator: " ")
    }
}

/// A hub for transcripts.
extension RoomHub<String, Int> {
    /// A hub with "ann" in room r1, where `last` messages were sent before.
    static func withAnn(last: Int) throws -> Self {
        var hub = Self(limits: ChatLimits())
        let opening = hub.enter("ann", as: try user("ann"), try room(), after: nil, reply: 0)
        _ = hub.opened(try #require(opening.opening), .success(last))
        return hub
    }
}
