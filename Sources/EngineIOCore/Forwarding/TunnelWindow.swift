// Licensed under the MIT licence.

/// How much of a tunnel's bytes may be on the way, in each direction, and whether any are missing.
///
/// Each side may have so many bytes under way that the other has not yet taken out of the tunnel. So a peer that does not read holds up
/// whoever sends to it, over the tunnel as without, and what waits in between is bounded.
package struct TunnelWindow: Sendable {
    /// How many bytes may be under way.
    package let size: Int
    /// How many bytes may be sent now.
    package private(set) var credit: Int
    private var nextSent: UInt32 = 0
    private var nextReceived: UInt32 = 0
    /// What was received and not yet taken out.
    private var waiting = 0
    /// What was taken out, and the other side does not know of.
    private var untold = 0

    /// Creates a window.
    ///
    /// - Parameter size: How many bytes may be under way, at least 1.
    package init(size: Int) {
        self.size = size
        self.credit = size
    }

    /// Bytes are sent, no more than ``credit``; gives their number.
    package mutating func sent(_ count: Int) -> UInt32 {
        self.credit -= count
        defer { self.nextSent &+= 1 }
        return self.nextSent
    }

    /// The other side has taken bytes out.
    ///
    /// Returns whether it can have: it may not give more than it got.
    package mutating func credited(_ count: UInt32) -> Bool {
        self.credit += Int(count)
        return self.credit <= self.size
    }

    /// Bytes came.
    ///
    /// Returns whether they may be taken: nothing is missing in front of them, and there are no more than were granted.
    package mutating func received(_ sequence: UInt32, _ count: Int) -> Bool {
        guard sequence == self.nextReceived else { return false }
        self.nextReceived &+= 1
        self.waiting += count
        return self.waiting + self.untold <= self.size
    }

    /// Bytes were taken out of the tunnel.
    ///
    /// Returns what the other side is to be told, if anything: not of each piece.
    package mutating func tookOut(_ count: Int) -> UInt32? {
        self.waiting -= count
        self.untold += count
        guard self.untold >= max(1, self.size / 4) else { return nil }
        defer { self.untold = 0 }
        return UInt32(clamping: self.untold)
    }
}
