// Licensed under the MIT licence.

import Chat
import NIOCore

/// The lease under which a node has users at places: without it the others take them away.
///
/// ```
///           granted                 refused, or not renewed for as long as it lasts
/// wanted ────────────▶ held ───────────────────────────────────────────────────────▶ wanted, under the next name
/// ```
///
/// A name that was lost is never used again, since others may be clearing up after it.
struct NodeLease: Sendable {
    /// What the node is called now.
    private(set) var name: NodeName
    /// All that it has been called.
    private(set) var names: Set<NodeName>
    /// When the lease was last renewed for certain; nil while there is none.
    private(set) var renewed: NIODeadline?
    private var epoch = 1
    private let stem: String
    /// How long a lease lasts (`NODE_TTL`).
    let duration: TimeAmount
    /// How often it is renewed: three times in its life.
    var renewalInterval: TimeAmount { .nanoseconds(self.duration.nanoseconds / 3) }

    /// - Parameters:
    ///   - stem: What all names of this process begin with; random.
    ///   - duration: How long a lease lasts.
    init(stem: String, duration: TimeAmount) {
        self.stem = stem
        self.duration = duration
        self.name = NodeName("\(stem).1")
        self.names = [self.name]
    }

    /// Whether what is announced under the name now stays, as far as this node can know.
    func isHeld(now: NIODeadline) -> Bool {
        self.renewed.map { now - $0 < self.duration } ?? false
    }

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
