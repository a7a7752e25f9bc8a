// Licensed under the MIT licence.

package import NIOCore

/// Applies ``RateLimits`` to one socket.
package struct RateLimiter: Sendable {
    /// Whether an event may pass.
    package enum Admission: Equatable, Sendable {
        /// It may.
        case admitted
        /// It may not: `RATE_LIMITED`, and an `error` event too if `complain`.
        case refused(complain: Bool)
    }

    private var events: TokenBucket
    private var bytes: TokenBucket
    private var complaints: TokenBucket

    /// Starts with full buckets.
    package init(_ limits: RateLimits, now: NIODeadline) {
        self.events = TokenBucket(limits.events, now: now)
        self.bytes = TokenBucket(limits.bytes, now: now)
        self.complaints = TokenBucket(limits.complaints, now: now)
    }

    /// An event of so many bytes has come.
    package mutating func admit(bytes: Int, _ limits: RateLimits, now: NIODeadline) -> Admission {
        if self.events.take(1, limits.events, now: now), self.bytes.take(Double(bytes), limits.bytes, now: now) {
            return .admitted
        }
        return .refused(complain: self.complaints.take(1, limits.complaints, now: now))
    }

    /// An event had the server send its socket so many bytes more than usual.
    package mutating func charge(bytes: Int, _ limits: RateLimits, now: NIODeadline) {
        self.bytes.charge(Double(bytes), limits.bytes, now: now)
    }
}
