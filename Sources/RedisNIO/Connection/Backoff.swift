// Licensed under the MIT licence.

public import NIOCore

/// How long to wait before the next try: exponential, with full jitter.
///
/// Before try *n* (from 0) anything between nothing and `min(maximum, base · 2ⁿ)` is waited, each length as likely as any other, so
/// that many clients which lost the same server do not come back at once.
public struct Backoff: Sendable, Hashable {
    /// The bound of the first wait; 50 ms unless told.
    public var base: TimeAmount
    /// The bound that is never passed; 2 s unless told.
    public var maximum: TimeAmount

    /// Makes a backoff.
    ///
    /// - Parameters:
    ///   - base: The bound of the first wait.
    ///   - maximum: The bound that is never passed.
    public init(base: TimeAmount = .milliseconds(50), maximum: TimeAmount = .seconds(2)) {
        self.base = base
        self.maximum = maximum
    }

    /// Computes a wait.
    ///
    /// - Parameters:
    ///   - attempt: The number of the try, from 0.
    ///   - random: From 0 up to, and without, 1.
    /// - Returns: The wait; never negative.
    package func wait(beforeAttempt attempt: Int, random: Double) -> TimeAmount {
        let base = max(0, self.base.nanoseconds)
        let maximum = max(0, self.maximum.nanoseconds)
        let (bound, overflow) = base.multipliedReportingOverflow(by: 1 << Int64(min(max(attempt, 0), 40)))
        let limit = overflow ? maximum : min(bound, maximum)
        return .nanoseconds(Int64(Double(limit) * min(max(random, 0), 1)))
    }
}
