// Licensed under the MIT licence.

/// An IPv4 or IPv6 address.
///
/// IPv4 addresses that are written as IPv6 (`::ffff:192.0.2.1`, RFC 4291 §2.5.5.2) are IPv4 addresses here.
package struct IPAddress: Hashable, Sendable {
    /// The first 64 bits of an IPv6 address; 0 for IPv4.
    let high: UInt64
    /// The last 64 bits of an IPv6 address, or the 32 of an IPv4 address.
    let low: UInt64
    let isIPv4: Bool

    init(high: UInt64, low: UInt64, isIPv4: Bool) {
        let isMapped = !isIPv4 && high == 0 && low >> 32 == 0xffff
        self.high = high
        self.low = isMapped ? low & 0xffff_ffff : low
        self.isIPv4 = isIPv4 || isMapped
    }

    /// Reads an address without port, brackets or zone: `192.0.2.1`, `2001:db8::1`, `::ffff:192.0.2.1`.
    package init?(_ text: some StringProtocol) {
        if let bits = Self.bitsOfIPv4(Array(text.utf8)[...]) {
            self.init(high: 0, low: UInt64(bits), isIPv4: true)
        } else if let (high, low) = Self.bitsOfIPv6(Array(text.utf8)[...]) {
            self.init(high: high, low: low, isIPv4: false)
        } else {
            return nil
        }
    }

    /// What is assigned to one owner as a whole, so that this is the smallest network to hold anything against: an IPv4 address, or
    /// the /64 of an IPv6 address (RFC 4291 §2.5.4).
    package var assignedNetwork: NetworkRange { NetworkRange(self, prefixLength: self.isIPv4 ? 32 : 64) }

    /// Four decimal numbers, without leading zeros, which some read as octal (RFC 6943 §3.1.1).
    private static func bitsOfIPv4(_ text: ArraySlice<UInt8>) -> UInt32? {
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bits: UInt32 = 0
        for part in parts {
            guard (1...3).contains(part.count), part.count == 1 || part.first != UInt8(ascii: "0") else { return nil }
            var value: UInt32 = 0
            for digit in part {
                guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
                value = value * 10 + UInt32(digit - UInt8(ascii: "0"))
            }
            guard value <= 255 else { return nil }
            bits = bits << 8 | value
        }
        return bits
    }

    /// RFC 4291 §2.2.
    private static func bitsOfIPv6(_ text: ArraySlice<UInt8>) -> (UInt64, UInt64)? {
        // At most 39 characters, or 45 with an IPv4 address at the end.
        guard (2...45).contains(text.count) else { return nil }
        var before: [UInt16] = []
        var after: [UInt16] = []
        guard let gap = text.indices.first(where: { text[$0...].starts(with: "::".utf8) }) else {
            guard Self.readGroups(text, into: &before), before.count == 8 else { return nil }
            return Self.bits(of: before)
        }
        guard Self.readGroups(text[..<gap], into: &before), Self.readGroups(text[(gap + 2)...], into: &after),
            before.count + after.count < 8
        else { return nil }
        // An IPv4 address stands at the end alone.
        guard !text[..<gap].contains(UInt8(ascii: ".")) else { return nil }
        return Self.bits(of: before + Array(repeating: 0, count: 8 - before.count - after.count) + after)
    }

    /// Groups of up to four hexadecimal digits.
    ///
    /// An IPv4 address at the end is two of them; nothing is no group.
    private static func readGroups(_ text: ArraySlice<UInt8>, into groups: inout [UInt16]) -> Bool {
        guard !text.isEmpty else { return true }
        let parts = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if index == parts.count - 1, let bits = Self.bitsOfIPv4(part) {
                groups.append(UInt16(truncatingIfNeeded: bits >> 16))
                groups.append(UInt16(truncatingIfNeeded: bits))
            } else {
                // `UInt16(_:radix:)` would take a sign.
                guard (1...4).contains(part.count), part.allSatisfy(\.isHexDigit),
                    let group = UInt16(String(decoding: part, as: UTF8.self), radix: 16)
                else { return false }
                groups.append(group)
            }
        }
        return groups.count <= 8
    }

    private static func bits(of groups: [UInt16]) -> (UInt64, UInt64) {
        let high = groups.prefix(4).reduce(0 as UInt64) { $0 << 16 | UInt64($1) }
        let low = groups.suffix(4).reduce(0 as UInt64) { $0 << 16 | UInt64($1) }
        return (high, low)
    }
}

extension IPAddress: CustomStringConvertible {
    /// The address as RFC 5952 recommends to write it.
    package var description: String {
        if self.isIPv4 {
            return stride(from: 24, through: 0, by: -8).map { String(self.low >> UInt64($0) & 0xff) }
                .joined(separator: ".")
        }
        let groups = [self.high, self.low].flatMap { bits in
            stride(from: 48, through: 0, by: -16).map { bits >> UInt64($0) & 0xffff }
        }
        guard let zeros = Self.longestRunOfZeros(groups) else { return Self.joined(groups[...]) }
        return Self.joined(groups[..<zeros.lowerBound]) + "::" + Self.joined(groups[zeros.upperBound...])
    }

    private static func joined(_ groups: ArraySlice<UInt64>) -> String {
        groups.map { String($0, radix: 16) }.joined(separator: ":")
    }

    /// The first of the longest runs of two or more.
    private static func longestRunOfZeros(_ groups: [UInt64]) -> Range<Int>? {
        var longest: Range<Int>?
        var start: Int?
        for index in 0...groups.count {
            if index < groups.count, groups[index] == 0 {
                start = start ?? index
            } else if let begun = start {
                if index - begun >= 2, index - begun > longest?.count ?? 0 { longest = begun..<index }
                start = nil
            }
        }
        return longest
    }
}

extension UInt8 {
    fileprivate var isHexDigit: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }
}
