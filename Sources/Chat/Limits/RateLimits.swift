// Licensed under the MIT licence.

/// How much one socket may send.
///
/// Generous for people and bots; what it bounds is a single socket's share of a node.
package struct RateLimits: Equatable, Sendable {
    /// Events: 100 per second, 500 in a burst (a client that comes back to 256 rooms and reads them is no abuse).
    package var events = TokenBucket.Rate(perSecond: 100, burst: 500)
    /// Bytes of events, attachments included, and of what `history` and replays answered: 2 MiB per second, 16 MiB in a
    /// burst.
    package var bytes = TokenBucket.Rate(perSecond: Double(2 << 20), burst: Double(16 << 20))
    /// Of events refused for their rate, how many are told so by an `error` event: 1 per second, 10 in a burst.
    ///
    /// Acknowledgements answer all of them.
    package var complaints = TokenBucket.Rate(perSecond: 1, burst: 10)

    /// The defaults.
    package init() {}
}
