// Licensed under the MIT licence.

/// Keeps everything that a namespace sends in one order while a log takes its time to give events their places.
///
/// Items that need a place wait for it, and whatever comes after them waits behind them, since an item that overtook an event could carry
/// a client's offset past it.
///
/// What waits is bounded by the log, which answers within a bounded time.
public struct AppendOrder<Item> {
    /// An item whose turn it is.
    public struct Ready {
        /// The item.
        public let item: Item
        /// Its own place; `nil` if it asked for none, or the log could not record it.
        public let offset: RecoveryOffset?
        /// The offset that every receiver has reached by now, this item included.
        public let current: RecoveryOffset
    }

    private enum State {
        case ready, waiting, holding
        case placed(RecoveryOffset?)
    }

    private var entries: [(item: Item, state: State)] = []
    private var head = 0
    /// Whether an item that has left is not done yet.
    private var isHeld = false
    /// The first entry that may still be waiting.
    private var firstWaiting = 0
    /// The newest offset that has left.
    public private(set) var current: RecoveryOffset

    /// Starts where the log is.
    public init(current: RecoveryOffset) {
        self.current = current
    }

    /// Whether nothing waits.
    public var isEmpty: Bool { self.head == self.entries.count }

    /// Adds an item that needs no place.
    public mutating func add(_ item: Item) {
        self.entries.append((item, .ready))
    }

    /// Adds an item whose event is being appended to the log.
    public mutating func addWaiting(_ item: Item) {
        self.entries.append((item, .waiting))
    }

    /// Adds an item that takes its time: once it has left, everything behind it waits until ``release()``.
    public mutating func addHolding(_ item: Item) {
        self.entries.append((item, .holding))
    }

    /// The last item that left is done.
    public mutating func release() {
        self.isHeld = false
    }

    /// The log has answered for the first item that waits.
    ///
    /// If none does, the log has answered twice, which is passed over.
    public mutating func placed(_ offset: RecoveryOffset?) {
        while self.firstWaiting < self.entries.count {
            defer { self.firstWaiting += 1 }
            guard case .waiting = self.entries[self.firstWaiting].state else { continue }
            self.entries[self.firstWaiting].state = .placed(offset)
            return
        }
        assertionFailure("a log answered for an event that it was not given")
    }

    /// An event of another process has left, or is about to: places before it are all known.
    public mutating func passed(_ offset: RecoveryOffset) {
        self.current = offset
    }

    /// Takes out the next item, if it does not wait.
    public mutating func next() -> Ready? {
        guard !self.isHeld, self.head < self.entries.count else { return nil }
        let (item, state) = self.entries[self.head]
        let offset: RecoveryOffset?
        switch state {
        case .waiting: return nil
        case .ready: offset = nil
        case .holding:
            offset = nil
            self.isHeld = true
        case .placed(let place): offset = place
        }
        self.head += 1
        self.firstWaiting = max(self.firstWaiting, self.head)
        if self.head == self.entries.count || self.head >= 64 && self.head * 2 >= self.entries.count {
            self.entries.removeFirst(self.head)
            self.firstWaiting -= self.head
            self.head = 0
        }
        if let offset { self.current = offset }
        return Ready(item: item, offset: offset, current: self.current)
    }
}
