// Licensed under the MIT licence.

/// What a journal holds, by number, as far as has to be known to drop what is not needed any more.
///
/// Records can only be dropped from the front. A session's record may be needed for as long as its client stays, so when it comes to
/// stand in front of much that is not needed it is written again, at the end.
struct JournalContents {
    /// What a record is needed for.
    enum Key: Equatable {
        /// An event, for as long as the log keeps it.
        case event(position: UInt64)
        /// A session, until a later record says something else of it.
        case session(PrivateSessionID)
        /// Nothing, once those before it are gone: it takes something back.
        case passing
    }

    /// How many records may be held in vain, beside as many as are needed.
    private static let slack = 1_024
    /// How many sessions are written again at once.
    private static let maximumRewritten = 16

    private var keys: [Key] = []
    /// The first of `keys` that is not dropped.
    private var head = 0
    private(set) var nextSerial: UInt64
    /// The number of the newest record of each session.
    private var newest: [PrivateSessionID: UInt64] = [:]

    /// A journal whose next record gets a number.
    init(nextSerial: UInt64) {
        self.nextSerial = nextSerial
    }

    /// The number of the first record that is held.
    var firstSerial: UInt64 { self.nextSerial - UInt64(self.keys.count - self.head) }

    var count: Int { self.keys.count - self.head }

    /// A record was added.
    mutating func added(_ key: Key) {
        if case .session(let pid) = key { self.newest[pid] = self.nextSerial }
        self.keys.append(key)
        self.nextSerial += 1
    }

    /// What is known of a session is not needed any more.
    mutating func forget(_ pid: PrivateSessionID) {
        self.newest[pid] = nil
    }

    /// Everything is dropped.
    mutating func clear() {
        self = JournalContents(nextSerial: self.nextSerial)
    }

    /// Drops what is not needed.
    ///
    /// - Parameters:
    ///   - lostThrough: Events up to this position are not kept.
    ///   - neededCount: About how many records are needed.
    ///   - isNeeded: Whether a session still is.
    /// - Returns: The sessions to write again.
    mutating func drop(
        eventsThrough lostThrough: UInt64,
        neededCount: Int,
        isNeeded: (PrivateSessionID) -> Bool
    ) -> [PrivateSessionID] {
        var rewritten: [PrivateSessionID] = []
        walk: while self.head < self.keys.count {
            switch self.keys[self.head] {
            case .passing: break
            case .event(let position):
                if position > lostThrough { break walk }
            case .session(let pid):
                guard self.newest[pid] == self.firstSerial else { break }
                if isNeeded(pid) {
                    let isWorthIt = self.count > 2 * neededCount + Self.slack
                    guard isWorthIt, rewritten.count < Self.maximumRewritten else { break walk }
                    rewritten.append(pid)
                }
                self.newest[pid] = nil
            }
            self.head += 1
        }
        if self.head > 64, self.head * 2 > self.keys.count {
            self.keys.removeFirst(self.head)
            self.head = 0
        }
        return rewritten
    }
}
