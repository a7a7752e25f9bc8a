// Licensed under the MIT licence.

import Chat
import NIOCore

/// The lease under which a node has users at places: without it the others take them away.
///
/// ```
///           granted         not renewed for as long as it lasts
/// wanted ────────────▶ held ───────────────────────────────────▶ ended
///    ▲                  │ ▲                                       │ │
///    │                  │ └───────────────────────────────────────┘ │
///    │                  ▼             granted                       ▼
///    └────────────── refused, since others have given the node up ◀─┘
/// ```
///
/// A name that was lost is never used again, since others are clearing up after it.
struct NodeLease: Sendable {
    /// What the node is called now.
    private(set) var name: NodeName
    /// All that it has been called.
    private(set) var names: Set<NodeName>
    /// When the lease was last renewed for certain; nil while there is none.
    private(set) var renewed: NIODeadline?
    private var epoch = 1
    private let stem: String
    /// From when on nodes without a lease count as gone: after an outage of Redis nobody has one, and not all are back at once.
    private var trustsOthers: NIODeadline?
    private let timeToLive: TimeAmount
    private let trialPeriod: TimeAmount
    /// How long a lease lasts: so long that a node which dies is given up within ``timeToLive``, as its lease must be found to have ended
    /// by two renewals of another one.
    var duration: TimeAmount { .nanoseconds(self.timeToLive.nanoseconds / 4 * 3) }
    /// How often it is renewed.
    var renewalInterval: TimeAmount { min(.seconds(1), .nanoseconds(max(1, self.timeToLive.nanoseconds / 12))) }

    /// - Parameters:
    ///   - stem: What all names of this process begin with; random.
    ///   - timeToLive: Within which time a node that dies is to be given up (`NODE_TTL`).
    ///   - trialPeriod: How long others have to come back after an outage.
    init(stem: String, timeToLive: TimeAmount, trialPeriod: TimeAmount) {
        self.stem = stem
        self.timeToLive = timeToLive
        self.trialPeriod = trialPeriod
        self.name = NodeName("\(stem).1")
        self.names = [self.name]
    }

    /// Whether what is announced under the name now stays, as far as this node can know.
    func isHeld(now: NIODeadline) -> Bool {
        self.renewed.map { now - $0 < self.duration } ?? false
    }

    /// Whether nodes without a lease have had the time to come back.
    func trustsOthersToBeGone(now: NIODeadline) -> Bool { self.trustsOthers.map { $0 <= now } ?? false }

    /// This node has been without Redis, or may have been, and others as well.
    mutating func doubtOthers(now: NIODeadline) { self.trustsOthers = now + self.trialPeriod }

    /// The lease was granted or renewed, by a request that was sent then.
    mutating func granted(asked: NIODeadline) {
        self.renewed = max(self.renewed ?? asked, asked)
    }

    /// The lease is gone.
    ///
    /// - Returns: The name it was held under.
    mutating func lost() -> NodeName {
        let old = self.name
        self.epoch += 1
        self.name = NodeName("\(self.stem).\(self.epoch)")
        self.names.insert(self.name)
        self.renewed = nil
        return old
    }
}
