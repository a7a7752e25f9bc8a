// Licensed under the MIT licence.

/// How much one client address may open: an IPv4 address, or the /64 of an IPv6 address, which one owner has as a whole.
///
/// A client is where ``/EngineIOCore/EngineIOOptions/trustedProxies`` say. The defaults leave room for an office behind one address.
public struct AddressLimits: Sendable, Hashable {
    /// How many handshakes a second; a further one is answered 429.
    ///
    /// Default 100.
    public var handshakesPerSecond: Double = 100
    /// How many handshakes at once, after a quiet time.
    ///
    /// Default 500.
    public var handshakeBurst: Double = 500
    /// The most sessions at once; a handshake beyond them is answered 429.
    ///
    /// Default 10,000. As many connections that are no sessions yet, or none any more, may be open; a further one is closed.
    public var maximumConnections = 10_000
    /// How many addresses are told apart; those that find no room share what one may open.
    ///
    /// Default 100,000, about 10 MB.
    public var maximumAddresses = 100_000

    /// The defaults; change what should differ.
    public init() {}
}
