// Licensed under the MIT licence.

/// What waits for a socket's handlers.
///
/// Confined to the socket's shard.
final class EventQueue {
    enum Item: Sendable {
        case joined([@Sendable (Socket) async -> Void])
        case event(Event)
        case left([@Sendable (Socket, DisconnectReason) async -> Void], DisconnectReason)
    }

    /// What a task has to do before the next item's turn comes.
    typealias Work = @Sendable () async -> Void

    /// Whether the connection is not read because too much waits here.
    var isHoldingReading = false
    private var items: [Item?] = []
    private var first = 0

    var count: Int { self.items.count - self.first }

    func append(_ item: Item) {
        self.items.append(item)
    }

    func popFirst() -> Item? {
        guard self.first < self.items.count else { return nil }
        let item = self.items[self.first]
        self.items[self.first] = nil
        self.first += 1
        // A queue that is never quite empty must give back what it is done with, too.
        if self.first == self.items.count || self.first >= 64 && self.first * 2 >= self.items.count {
            self.items.removeFirst(self.first)
            self.first = 0
        }
        return item
    }
}
