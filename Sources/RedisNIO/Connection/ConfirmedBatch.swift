// Licensed under the MIT licence.

/// Which answers are held back until replicas have what was written.
///
/// Theory: `idle` → `underway` → `idle`. While a batch is under way, what is answered is held until the answer to the batch's `WAIT` has
/// come, or will not come; what is asked meanwhile waits for the next batch, since Redis holds up the connection until
/// the replicas have answered. All that was held is given out exactly once.
struct ConfirmedBatch<Held> {
    private var held: [Held]?

    var isUnderway: Bool { self.held != nil }

    /// A batch is sent.
    mutating func began() {
        self.held = self.held ?? []
    }

    /// An answer has come; to be held if this says so.
    mutating func answered(_ answer: Held) -> Bool {
        guard self.held != nil else { return false }
        self.held?.append(answer)
        return true
    }

    /// The `WAIT` is answered, or will not be.
    ///
    /// - Returns: What was held, in order.
    mutating func ended() -> [Held] {
        defer { self.held = nil }
        return self.held ?? []
    }
}
