// Licensed under the MIT licence.

import Chat

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
        var isSent: Bool
    }

    private struct Place {
        var here: [UserID: ChatUser] = [:]
        var pending: [UserID: Pending] = [:]
        var note = Note.none
    }

    private enum Note {
        case none
        case asked
        case made
    }

    private var places: [ClusterPlace: Place] = [:]
    private var lastNumber: UInt64 = 0

    /// How many words have not arrived.
    var pendingCount: Int { self.places.values.reduce(0) { $0 + $1.pending.count } }
    /// How many users at how many places there are.
    var count: Int { self.places.values.reduce(0) { $0 + $1.here.count } }

    /// A user has come.
    mutating func came(_ user: ChatUser, _ place: ClusterPlace) {
        self.places[place, default: Place()].here[user.id] = user
        self.want(.came(user), user.id, place)
    }

    /// A user has gone.
    mutating func left(_ user: ChatUser, _ place: ClusterPlace) {
        guard self.places[place]?.here.removeValue(forKey: user.id) != nil else { return }
        self.want(.left(user), user.id, place)
    }

    /// Whether the place has to be noted before anything is told; if so it is to be asked for now, and
    /// ``noted(_:succeeded:)`` tells.
    mutating func noteToMake(_ place: ClusterPlace) -> Bool {
        guard self.places[place]?.note == Note.none, self.places[place]?.here.isEmpty == false else { return false }
        self.places[place]?.note = .asked
        return true
    }

    /// A place was noted, or could not be.
    mutating func noted(_ place: ClusterPlace, succeeded: Bool) {
        self.places[place]?.note = succeeded ? .made : .none
    }

    /// What can be told about a place now and is not on its way.
    mutating func take(_ place: ClusterPlace) -> [Telling] {
        guard let known = self.places[place], known.note == .made || known.here.isEmpty else { return [] }
        let unsent = known.pending.filter { !$0.value.isSent }
        for user in unsent.keys { self.places[place]?.pending[user]?.isSent = true }
        return unsent.values.sorted { $0.number < $1.number }
            .map { Telling(place: place, word: $0.word, number: $0.number) }
    }

    /// Something has arrived, or may not have.
    ///
    /// - Returns: Whether the place need not be noted any more.
    mutating func told(_ telling: Telling, succeeded: Bool) -> Bool {
        let user = telling.word.user.id
        guard self.places[telling.place]?.pending[user]?.number == telling.number else { return false }
        guard succeeded else {
            self.places[telling.place]?.pending[user]?.isSent = false
            return false
        }
        self.places[telling.place]?.pending[user] = nil
        guard let place = self.places[telling.place], place.here.isEmpty, place.pending.isEmpty else { return false }
        self.places[telling.place] = nil
        return place.note != .none
    }

    /// Places about which there is something to tell.
    var unfinished: [ClusterPlace] {
        self.places.filter { $0.value.pending.contains { !$0.value.isSent } }.map(\.key)
    }

    /// The node is called something else: nothing is noted under that name, everybody here is to be told anew, and of who has
    /// left the others learn when they clear up after the old one.
    mutating func startOver() {
        self.places = self.places.filter { !$0.value.here.isEmpty }
        for place in self.places.keys {
            self.places[place]?.note = .none
            self.places[place]?.pending = [:]
            for user in self.places[place]?.here.values ?? [:].values { self.want(.came(user), user.id, place) }
        }
    }

    private mutating func want(_ word: Word, _ user: UserID, _ place: ClusterPlace) {
        self.lastNumber += 1
        self.places[place]?.pending[user] = Pending(word: word, number: self.lastNumber, isSent: false)
    }
}

extension Announcements.Word {
    var user: ChatUser {
        switch self {
        case .came(let user), .left(let user): user
        }
    }
}
