// Licensed under the MIT licence.

/// A network of IP addresses, such as `10.0.0.0/8`, `2001:db8::/32`, or a single address.
///
/// IPv4 addresses written as IPv6 count as IPv4, so `::/0` holds none of them.
public struct NetworkRange: Sendable, Hashable, LosslessStringConvertible {
    private let base: IPAddress
    private let prefixLength: Int

    /// Reads CIDR notation (RFC 4632 §3.1, RFC 4291 §2.3), or an address alone.
    ///
    /// Bits of the address behind the prefix count for nothing. `nil` for anything else.
    public init?(_ description: String) {
        let parts = description.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let text = parts.first, let address = IPAddress(text) else { return nil }
        // An IPv4 network that is written as an IPv6 one.
        let isMapped = address.isIPv4 && text.contains(":")
        let width = address.isIPv4 && !isMapped ? 32 : 128
        var length = width
        if parts.count == 2 {
            guard let number = (0...width).first(where: { String($0) == parts[1] }) else { return nil }
            length = number
        }
        if isMapped {
            guard length >= 96 else { return nil }
            length -= 96
        }
        self.init(address, prefixLength: length)
    }

    init(_ address: IPAddress, prefixLength: Int) {
        let (high, low) = Self.mask(address, prefixLength)
        self.base = IPAddress(high: high, low: low, isIPv4: address.isIPv4)
        self.prefixLength = prefixLength
    }

    /// The network in CIDR notation: `10.0.0.0/8`.
    public var description: String { "\(self.base)/\(self.prefixLength)" }

    package func contains(_ address: IPAddress) -> Bool {
        address.isIPv4 == self.base.isIPv4
            && Self.mask(address, self.prefixLength) == (self.base.high, self.base.low)
    }

    /// The address with nothing behind the prefix.
    private static func mask(_ address: IPAddress, _ prefixLength: Int) -> (UInt64, UInt64) {
        // Shifts by the width or more give 0, by less than 0 shift the other way.
        let all = UInt64.max
        if address.isIPv4 { return (0, address.low & (all << UInt64(32 - prefixLength))) }
        let high = prefixLength >= 64 ? all : prefixLength == 0 ? 0 : all << UInt64(64 - prefixLength)
        let low = prefixLength <= 64 ? 0 : all << UInt64(128 - prefixLength)
        return (address.high & high, address.low & low)
    }
}
