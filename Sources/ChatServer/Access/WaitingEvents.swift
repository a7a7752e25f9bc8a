// Licensed under the MIT licence.

import SocketIO

/// Events that came while a token was being checked, in their order.
struct WaitingEvents {
    /// The most events that wait for one token: as many as a client may send at once.
    static let maximumCount = 512

    private(set) var events: [Event] = []
    private var byteCount = 0

    /// Adds an event.
    ///
    /// - Parameters:
    ///   - event: The event.
    ///   - maximumBytes: How much may wait.
    /// - Returns: Whether there was room for it.
    mutating func append(_ event: Event, maximumBytes: Int) -> Bool {
        let byteCount = self.byteCount + event.byteCount
        guard self.events.count < Self.maximumCount, byteCount <= maximumBytes else { return false }
        self.events.append(event)
        self.byteCount = byteCount
        return true
    }

    /// Puts back what was taken out.
    mutating func putBack(_ events: some Collection<Event>) {
        self.events.insert(contentsOf: events, at: 0)
        self.byteCount += events.reduce(0) { $0 + $1.byteCount }
    }
}

extension Event {
    /// What it counts for: its arguments, attachments included.
    var byteCount: Int { self.attachments.reduce(self.rawArguments.readableBytes) { $0 + $1.readableBytes } }
}
