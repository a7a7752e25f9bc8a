// Licensed under the MIT licence.

package import NIOCore

/// Lets through so much per second on average, and a burst on top.
///
/// The bucket starts full. It holds no settings, so that one costs 16 bytes: every socket has several.
package struct TokenBucket: Sendable {
    /// What a bucket holds and how fast it fills.
    package struct Rate: Equatable, Sendable {
        /// How many tokens come in a second.
        package var perSecond: Double
        /// How many the bucket holds.
        package var burst: Double

        /// A rate.
        package init(perSecond: Double, burst: Double) {
            self.perSecond = perSecond
            self.burst = burst
        }
    }

    private var level: Double
    private var updated: NIODeadline

    /// A full bucket.
    package init(_ rate: Rate, now: NIODeadline) {
        self.level = rate.burst
        self.updated = now
    }

    /// Takes `amount` if it is there; otherwise nothing.
    ///
    /// More than the bucket ever holds counts as all it holds, so that nothing is refused for ever.
    package mutating func take(_ amount: Double, _ rate: Rate, now: NIODeadline) -> Bool {
        self.fill(rate, now)
        let amount = min(amount, rate.burst)
        guard self.level >= amount else { return false }
        self.level -= amount
        return true
    }

    /// Takes `amount` whether it is there or not; what is missing must be made up for first, but never more than one burst.
    package mutating func charge(_ amount: Double, _ rate: Rate, now: NIODeadline) {
        self.fill(rate, now)
        self.level = max(self.level - amount, -rate.burst)
    }

    private mutating func fill(_ rate: Rate, _ now: NIODeadline) {
        guard now > self.updated else { return }
        let seconds = Double((now - self.updated).nanoseconds) / 1e9
        self.level = min(self.level + seconds * rate.perSecond, rate.burst)
        self.updated = now
    }
}
