// Licensed under the MIT licence.

import Chat
import WireJSON

/// What a token lets its bearer do in which rooms.
///
/// The claim is an object of lists of patterns, `{"join":["team-*"],"send":["team-1"],"read":["*"]}`, where a list that is missing
/// names no room; or one list that is all three; or nothing at all, which allows everything.
struct RoomPermissions: Equatable, Sendable {
    /// The most patterns of one list.
    static let maximumPatterns = 64

    static let everything = RoomPermissions()

    /// The claim, as it came; nothing if there was none.
    let claim: JSONValue?
    /// Nothing for all rooms.
    private let lists: Lists?

    private struct Lists: Equatable, Sendable {
        var join: [RoomPattern] = []
        var send: [RoomPattern] = []
        var read: [RoomPattern] = []
    }

    private init() {
        self.claim = nil
        self.lists = nil
    }

    /// Nothing if the claim makes no sense.
    ///
    /// Then nobody knows what it was to forbid.
    init?(claim: JSONValue?) {
        guard let claim, claim.kind != .null else {
            self = .everything
            return
        }
        switch claim.kind {
        case .array:
            guard let all = Self.patterns(claim) else { return nil }
            self.lists = Lists(join: all, send: all, read: all)
        case .object:
            guard let join = Self.patterns(claim.member("join")), let send = Self.patterns(claim.member("send")),
                let read = Self.patterns(claim.member("read"))
            else { return nil }
            self.lists = Lists(join: join, send: send, read: read)
        default:
            return nil
        }
        self.claim = claim.copied()
    }

    /// Whether it allows all rooms, so that none has to be looked up.
    var isEverything: Bool { self.lists == nil }

    /// To enter a room, whose members are given what is sent there: so ``mayRead(_:)`` is part of it.
    func mayJoin(_ room: RoomID) -> Bool { self.allows(room, \.join) && self.mayRead(room) }

    /// To send messages, and to tell that one is typing.
    func maySend(to room: RoomID) -> Bool { self.allows(room, \.send) }

    /// To be given messages, new ones and earlier ones.
    func mayRead(_ room: RoomID) -> Bool { self.allows(room, \.read) }

    private func allows(_ room: RoomID, _ list: KeyPath<Lists, [RoomPattern]>) -> Bool {
        guard let lists else { return true }
        return lists[keyPath: list].contains { $0.matches(room.string) }
    }

    private static func patterns(_ list: JSONValue?) -> [RoomPattern]? {
        guard let list, list.kind != .null else { return [] }
        guard list.kind == .array else { return nil }
        var patterns: [RoomPattern] = []
        for element in list.elements {
            guard patterns.count < self.maximumPatterns, let pattern = element.stringValue.flatMap(RoomPattern.init)
            else { return nil }
            patterns.append(pattern)
        }
        return patterns
    }
}
