// Licensed under the MIT licence.

import Chat
import NIOCore

/// What this node has to tell about its users, and which of it is known to have arrived.
///
/// Whoever is here is noted among the node's places first, so that the others can clear up; then told. What fails is told again. Only
/// the last word on each user at each place counts.
struct Announcements: Sendable {
    /// What to tell.
    enum Word: Equatable, Sendable {
        case came(ChatUser)
        case left(ChatUser)
    }

    /// One word on its way.
    struct Telling: Equatable, Sendable {
        let place: ClusterPlace
        let word: Word
        let number: UInt64
    }

    private struct Pending {
        var word: Word
        var number: UInt64
        /// Whether it is on its way; if not, its user is among ``Place/unsent``, once.
        var isSent: Bool
    }

    private struct Place {
        var here: [UserID: ChatUser] = [:]
        var pending: [UserID: Pending] = [:]
        /// Whose words are not on their way, in the order in which they began to wait.
        var unsent = CircularBuffer<UserID>()
        var note = Note.none

        /// Whether words may be sent, as far as the note is concerned.
        var isReady: Bool { self.note == .made || self.here.isEmpty }
    }

    private enum Note {
        case none
        case asked
        case made
    }

    private var known: [ClusterPlace: Place] = [:]
    private var lastNumber: UInt64 = 0

    /// How many words have not arrived.
    var pendingCount: Int { self.known.values.reduce(0) { $0 + $1.pending.count } }
    /// Where anybody is, or something is to be told.
    var places: [ClusterPlace] { Array(self.known.keys) }

    /// A user has come.
    mutating func came(_ user: ChatUser, _ place: ClusterPlace) {
        self.known[place, default: Place()].here[user.id] = user
        self.want(.came(user), user.id, place)
    }

    /// A user has gone.
    mutating func left(_ user: ChatUser, _ place: ClusterPlace) {
        guard self.known[place]?.here.removeValue(forKey: user.id) != nil else { return }
        self.want(.left(user), user.id, place)
    }

    /// Whether the place has to be noted before anything is told; if so it is to be asked for now, and
    /// ``noted(_:succeeded:)`` tells.
    mutating func noteToMake(_ place: ClusterPlace) -> Bool {
        guard self.known[place]?.note == Note.none, self.known[place]?.here.isEmpty == false else { return false }
        self.known[place]?.note = .asked
        return true
    }

    /// A place was noted, or could not be.
    mutating func noted(_ place: ClusterPlace, succeeded: Bool) {
        self.known[place]?.note = succeeded ? .made : .none
    }

    /// What can be told about a place now and is not on its way; who waits longest first, and no more than so much.
    mutating func take(_ place: ClusterPlace, most: Int = .max) -> [Telling] {
        guard self.canTell(place) else { return [] }
        var tellings: [Telling] = []
        // Each in its place: a copy of what is pending, for every word, would cost more than all of them.
        while tellings.count < most, let user = self.known[place]?.unsent.popFirst() {
            self.known[place]?.pending[user]?.isSent = true
            guard let pending = self.known[place]?.pending[user] else { continue }
            tellings.append(Telling(place: place, word: pending.word, number: pending.number))
        }
        return tellings
    }

    /// Whether there is something about a place to take.
    func canTell(_ place: ClusterPlace) -> Bool {
        self.known[place].map { $0.isReady && !$0.unsent.isEmpty } ?? false
    }

    /// Whether anybody is at a place.
    func isAnybodyHere(_ place: ClusterPlace) -> Bool { self.known[place]?.here.isEmpty == false }

    /// The others know these of this node at a place; who is missing, or is not here, is to be told of.
    ///
    /// What is pending about a user says more than what was found.
    ///
    /// - Returns: Whether the place need not be noted, since nobody is here and nobody was found.
    mutating func found(_ users: [ChatUser], _ place: ClusterPlace) -> Bool {
        guard self.known[place] != nil || !users.isEmpty else { return true }
        var ids: Set<UserID> = []
        for user in users {
            ids.insert(user.id)
            if self.known[place] == nil { self.known[place] = Place(note: .made) }
            guard self.known[place]?.here[user.id] == nil, self.known[place]?.pending[user.id] == nil else { continue }
            self.want(.left(user), user.id, place)
        }
        guard let known = self.known[place] else { return false }
        for user in known.here.values where !ids.contains(user.id) && known.pending[user.id] == nil {
            self.want(.came(user), user.id, place)
        }
        return false
    }

    /// Something has arrived, or may not have.
    ///
    /// - Returns: Whether the place need not be noted any more.
    mutating func told(_ telling: Telling, succeeded: Bool) -> Bool {
        let user = telling.word.user.id
        guard self.known[telling.place]?.pending[user]?.number == telling.number else { return false }
        guard succeeded else {
            self.known[telling.place]?.pending[user]?.isSent = false
            self.known[telling.place]?.unsent.append(user)
            return false
        }
        self.known[telling.place]?.pending[user] = nil
        guard let place = self.known[telling.place], place.here.isEmpty, place.pending.isEmpty else { return false }
        self.known[telling.place] = nil
        return place.note != .none
    }

    /// Places about which there is something to tell.
    var unfinished: [ClusterPlace] {
        self.known.filter { !$0.value.unsent.isEmpty }.map(\.key)
    }

    /// The node is called something else: nothing is noted under that name, everybody here is to be told anew, and of who has
    /// left the others learn when they clear up after the old one.
    mutating func startOver() {
        self.known = self.known.filter { !$0.value.here.isEmpty }
        for place in self.known.keys {
            self.known[place]?.note = .none
            self.known[place]?.pending = [:]
            self.known[place]?.unsent = []
            for user in self.known[place]?.here.values ?? [:].values { self.want(.came(user), user.id, place) }
        }
    }

    private mutating func want(_ word: Word, _ user: UserID, _ place: ClusterPlace) {
        self.lastNumber += 1
        // Another word on the same user takes the place of one that still waits.
        if self.known[place]?.pending[user]?.isSent != false { self.known[place]?.unsent.append(user) }
        self.known[place]?.pending[user] = Pending(word: word, number: self.lastNumber, isSent: false)
    }
}

extension Announcements.Word {
    var user: ChatUser {
        switch self {
        case .came(let user), .left(let user): user
        }
    }
}
