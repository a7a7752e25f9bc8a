// Licensed under the MIT licence.

public import NIOCore

/// The id of an Engine.IO session, the `sid` on the wire: 20 characters of base64url (RFC 4648 §5).
///
/// The first character is the shard the session lives on, the other 19 are random: 114 bits, so nobody guesses one.
/// Whoever knows a session's id can speak for it, so descriptions and mirrors do not show it; ``encoded`` does.
public struct SessionID: Sendable, Hashable {
    /// How many characters an id has.
    public static let length = 20
    /// How many shards an id can tell apart.
    public static let maximumShards = 64

    // The 20 ASCII characters, first character in the lowest byte. Held in place: comparing and hashing touch no heap.
    private let head: UInt64
    private let middle: UInt64
    private let tail: UInt32

    /// Makes an id out of random bits.
    /// - Parameters:
    ///   - shardIndex: The shard the session will live on, `0..<64`.
    ///   - random: 128 bits from a cryptographically secure source; 114 of them are used.
    public init(shardIndex: Int, random: (UInt64, UInt64)) {
        assert((0..<Self.maximumShards).contains(shardIndex), "a session id has room for 64 shards")
        // 6 bits a character: the shard, then ten characters from the first word and nine from the second.
        var digits = (UInt64(0), UInt64(0), UInt32(0))
        Self.alphabet.withUnsafeBufferPointer { alphabet in
            var (first, second) = random
            for position in 0..<Self.length {
                let value: UInt64
                switch position {
                case 0: value = UInt64(truncatingIfNeeded: shardIndex)
                case 1...10:
                    value = first
                    first >>= 6
                default:
                    value = second
                    second >>= 6
                }
                Self.set(alphabet[Int(value & 0x3f)], at: position, in: &digits)
            }
        }
        (self.head, self.middle, self.tail) = digits
    }

    /// Reads an id: exactly 20 characters of the base64url alphabet, anything else is `nil`.
    ///
    /// That it reads well does not mean that such a session exists.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count == Self.length else { return nil }
        var digits = (UInt64(0), UInt64(0), UInt32(0))
        for (position, byte) in text.utf8.enumerated() {
            guard Self.value(of: byte) != nil else { return nil }
            Self.set(byte, at: position, in: &digits)
        }
        (self.head, self.middle, self.tail) = digits
    }

    /// The shard the session lives on, `0..<64`.
    ///
    /// A client may have made the id up, so compare it with the number of shards.
    public var shardIndex: Int {
        Int(Self.value(of: UInt8(truncatingIfNeeded: self.head)) ?? 0)
    }

    /// The 20 characters as they stand on the wire.
    ///
    /// A credential: never log it.
    public var encoded: String {
        var buffer = ByteBuffer()
        self.write(into: &buffer)
        return String(buffer: buffer)
    }

    /// Appends the 20 characters as they stand on the wire.
    public func write(into buffer: inout ByteBuffer) {
        buffer.writeMultipleIntegers(self.head, self.middle, self.tail, endianness: .little)
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    private static func value(of character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 52
        case UInt8(ascii: "-"): 62
        case UInt8(ascii: "_"): 63
        default: nil
        }
    }

    private static func set(_ byte: UInt8, at position: Int, in digits: inout (UInt64, UInt64, UInt32)) {
        switch position {
        case 0..<8: digits.0 |= UInt64(byte) << (position * 8)
        case 8..<16: digits.1 |= UInt64(byte) << ((position - 8) * 8)
        default: digits.2 |= UInt32(byte) << ((position - 16) * 8)
        }
    }
}

extension SessionID: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// `<session id>`, whatever the id is.
    public var description: String { "<session id>" }
    /// `<session id>`, whatever the id is.
    public var debugDescription: String { self.description }
    /// Shows nothing, so that `dump` and test failures do not tell the id either.
    public var customMirror: Mirror { Mirror(self, children: EmptyCollection()) }
}
