// Licensed under the MIT licence.

/// Decides which messages of one room its members get now, so that they see every `seq` in order, once.
///
/// One number rules: *delivered*, the greatest `seq` that members have been given. It starts as the room's last `seq` when
/// the first member comes, so what was there before is history. From then on
///
/// - the message that follows delivered is delivered;
/// - one that does not lie behind delivered is ignored: it is history to all members, or came twice;
/// - one further on shows that something in between was stored without our being told (a store that failed after it had
///   written, a bus that lost a publication): nothing is delivered until the store has been read from delivered on;
/// - the same is done at once when a store says that it cannot know whether it has written;
/// - a `seq` that is more than a million ahead of what is known is not believed, since whoever makes one up would end the room: what the
///   store has is read and, if it is not there, nothing moves.
///
/// ```
///           opened              gap or doubt
/// opening ──────────▶ live ◀──────────────────▶ filling ──────────▶ stalled
///    │                      read to the end         ▲   read failed    │
///    └──────────────────────────────────────────────┴──────────────────┘
///         opened, and more was stored meanwhile        more stored, or retried
/// ```
///
/// While replays are under way the last messages delivered are kept at hand (the *tail*): a replay reads from the store what
/// was there when it asked, and takes what came meanwhile from the tail, so that it ends however fast messages come.
package struct RoomTimeline: Sendable {
    /// What to do with a message that has been stored.
    package enum Verdict: Equatable, Sendable {
        /// Give it to the members.
        case deliver
        /// Nothing: members have it, or will get it by what is under way.
        case ignore
        /// Read the room from `after` on, and report what was found to ``RoomTimeline/filled(_:)``.
        case read(after: Int)
    }

    private enum State {
        /// Waiting for the room's last `seq`; `highest` is the greatest stored meanwhile.
        case opening(highest: Int)
        case live(delivered: Int)
        /// A read is under way from `delivered` on; `highest` is the greatest known to be stored, `asked` what it was when the
        /// read was asked for.
        case filling(delivered: Int, highest: Int, asked: Int)
        /// The same, but the store did not answer; asked again when there is a reason to.
        case stalled(delivered: Int, highest: Int)
    }

    /// How far a `seq` may be ahead of what is known.
    private static let greatestLeap = 1_000_000

    private var state = State.opening(highest: 0)
    /// Whether something may have been stored that the question under way need not have seen.
    private var isDoubtful = false
    private var tail: [StoredMessage] = []
    /// Everything delivered that is greater than this is in the tail.
    private var tailStart = 0
    private var replays = 0
    private let tailLimit: Int

    /// - Parameter tailLimit: How many messages the tail holds at most.
    package init(tailLimit: Int) {
        self.tailLimit = tailLimit
    }

    /// The greatest `seq` members have been given; nil while that is not known.
    package var delivered: Int? {
        switch self.state {
        case .opening: nil
        case .live(let delivered), .filling(let delivered, _, _), .stalled(let delivered, _): delivered
        }
    }

    /// The room's last `seq` is known; `delivered`, if less, is what clients were given that may come back.
    package mutating func opened(lastSequence: Int, delivered: Int? = nil) -> Verdict {
        guard case .opening(let highest) = self.state else { return .ignore }
        let isLeap = Self.isLeap(from: lastSequence, to: highest)
        if isLeap { self.isDoubtful = true }
        let known = isLeap ? lastSequence : max(highest, lastSequence)
        let delivered = min(delivered ?? lastSequence, lastSequence)
        if known > delivered || self.isDoubtful {
            return self.read(after: delivered, highest: known)
        }
        self.state = .live(delivered: delivered)
        return .ignore
    }

    /// A message was stored.
    package mutating func stored(_ message: StoredMessage) -> Verdict {
        switch self.state {
        case .live(let delivered) where message.seq == delivered &+ 1:
            self.state = .live(delivered: message.seq)
            if self.replays > 0 { self.keep(message) }
            return .deliver
        case .opening, .live, .filling, .stalled:
            return self.known(seq: message.seq)
        }
    }

    /// A message with this `seq` is known to be stored, but is not at hand: the receipt of a repeat.
    package mutating func known(seq: Int) -> Verdict {
        switch self.state {
        case .opening(let highest):
            self.state = .opening(highest: max(highest, seq))
            return .ignore
        case .live(let delivered) where seq > delivered:
            return self.read(after: delivered, highest: Self.isLeap(from: delivered, to: seq) ? delivered : seq)
        case .live:
            return .ignore
        case .filling(_, let highest, _) where Self.isLeap(from: highest, to: seq):
            self.isDoubtful = true
            return .ignore
        case .filling(let delivered, let highest, let asked):
            self.state = .filling(delivered: delivered, highest: max(highest, seq), asked: asked)
            return .ignore
        case .stalled(let delivered, let highest):
            let known = Self.isLeap(from: highest, to: seq) ? highest : max(highest, seq)
            return self.read(after: delivered, highest: known)
        }
    }

    private static func isLeap(from known: Int, to seq: Int) -> Bool {
        seq > known && seq &- known > self.greatestLeap
    }

    /// Nobody knows whether a message was stored.
    package mutating func doubted() -> Verdict {
        switch self.state {
        case .live(let delivered):
            return self.read(after: delivered, highest: delivered)
        case .opening, .filling:
            self.isDoubtful = true
            return .ignore
        case .stalled:
            // Whoever retries reads what there is by then; to try now would be to ask a store that is down once a message.
            return .ignore
        }
    }

    /// The read that was asked for has failed.
    package mutating func fillFailed() {
        guard case .filling(let delivered, let highest, _) = self.state else { return }
        self.state = .stalled(delivered: delivered, highest: highest)
    }

    /// It is time to try again what failed.
    package mutating func retry() -> Verdict {
        guard case .stalled(let delivered, let highest) = self.state else { return .ignore }
        return self.read(after: delivered, highest: highest)
    }

    /// The read that was asked for has been answered.
    ///
    /// - Returns: What to give to the members, and whether to read on.
    package mutating func filled(_ page: HistoryPage) -> (deliver: [StoredMessage], next: Verdict) {
        guard case .filling(var delivered, let highest, let asked) = self.state else { return ([], .ignore) }
        let messages = page.messages.filter { $0.seq > delivered }
        for message in messages {
            delivered = message.seq
            if self.replays > 0 { self.keep(message) }
        }
        if messages.isEmpty {
            // What was known to be stored when the store was asked is not retained any more: nobody can have it.
            delivered = max(delivered, asked)
        }
        if delivered < highest || page.hasMore && !messages.isEmpty || self.isDoubtful {
            return (messages, self.read(after: delivered, highest: max(highest, delivered)))
        }
        self.state = .live(delivered: delivered)
        return (messages, .ignore)
    }

    private mutating func read(after delivered: Int, highest: Int) -> Verdict {
        self.state = .filling(delivered: delivered, highest: highest, asked: highest)
        self.isDoubtful = false
        return .read(after: delivered)
    }

    /// A replay begins: from now on the tail is kept.
    package mutating func replayBegan() {
        if self.replays == 0 { self.tailStart = self.delivered ?? 0 }
        self.replays += 1
    }

    /// A replay has ended, one way or another.
    package mutating func replayEnded() {
        self.replays -= 1
        if self.replays == 0 { self.tail = [] }
    }

    /// Everything delivered behind `position`; nil if the tail does not reach back that far.
    package func tail(after position: Int) -> [StoredMessage]? {
        position >= self.tailStart ? self.tail.filter { $0.seq > position } : nil
    }

    private mutating func keep(_ message: StoredMessage) {
        self.tail.append(message)
        if self.tail.count > self.tailLimit {
            self.tailStart = self.tail.removeFirst().seq
        }
    }
}
