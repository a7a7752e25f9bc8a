// Licensed under the MIT licence.

public import NIOCore

/// The id of an Engine.IO session, the `sid` on the wire: 20 characters of base64url (RFC 4648 §5), or 28.
///
/// The first character is the shard the session lives on, the next 19 are random: 114 bits, so nobody guesses one. Where several
/// processes serve the same clients the ``NodeAddress`` of the one that has the session follows.
/// Whoever knows a session's id can speak for it, so descriptions and mirrors do not show it; ``encoded`` does.
public struct SessionID: Sendable, Hashable {
    /// How many characters an id has without a node's address.
    public static let length = 20
    /// How many characters an id has with a node's address.
    public static let lengthWithNode = Self.length + NodeAddress.length
    /// How many shards an id can tell apart.
    public static let maximumShards = 64

    // The ASCII characters, first character in the lowest byte. Held in place: comparing and hashing touch no heap.
    private let head: UInt64
    private let middle: UInt64
    private let tail: UInt32
    /// The characters of the node's address; 0, which no characters are, without one.
    private let nodeCharacters: UInt64

    /// Makes an id out of random bits.
    ///
    /// - Parameters:
    ///   - shardIndex: The shard the session will live on, `0..<64`.
    ///   - random: 128 bits from a cryptographically secure source; 114 of them are used.
    ///   - node: The process the session will live in, if others may be asked for it.
    public init(shardIndex: Int, random: (UInt64, UInt64), node: NodeAddress? = nil) {
        assert((0..<Self.maximumShards).contains(shardIndex), "a session id has room for 64 shards")
        // 6 bits a character: the shard, then ten characters from the first word and nine from the second.
        var digits = (UInt64(0), UInt64(0), UInt32(0))
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
            Self.set(Base64URL.character(of: value), at: position, in: &digits)
        }
        (self.head, self.middle, self.tail) = digits
        self.nodeCharacters = node?.characters ?? 0
    }

    /// Reads an id: exactly 20 or 28 characters of the base64url alphabet, anything else is `nil`.
    ///
    /// That it reads well does not mean that such a session exists.
    ///
    /// - Parameter text: The characters.
    public init?(_ text: some StringProtocol) {
        let count = text.utf8.count
        guard count == Self.length || count == Self.lengthWithNode else { return nil }
        var digits = (UInt64(0), UInt64(0), UInt32(0))
        for (position, byte) in text.utf8.prefix(Self.length).enumerated() {
            guard Base64URL.value(of: byte) != nil else { return nil }
            Self.set(byte, at: position, in: &digits)
        }
        guard let node = NodeAddress.characters(text.utf8.dropFirst(Self.length)) else { return nil }
        (self.head, self.middle, self.tail) = digits
        self.nodeCharacters = node
    }

    /// The shard the session lives on, `0..<64`.
    ///
    /// A client may have made the id up, so compare it with the number of shards.
    public var shardIndex: Int {
        Int(Base64URL.value(of: UInt8(truncatingIfNeeded: self.head)) ?? 0)
    }

    /// The process the session lives in, if the id tells.
    ///
    /// A client may have made it up.
    public var node: NodeAddress? {
        self.nodeCharacters == 0 ? nil : NodeAddress(characters: self.nodeCharacters)
    }

    /// The characters as they stand on the wire.
    ///
    /// A credential: never log it.
    public var encoded: String {
        var buffer = ByteBuffer()
        self.write(into: &buffer)
        return String(buffer: buffer)
    }

    /// Appends the characters as they stand on the wire.
    ///
    /// - Parameter buffer: Where to.
    public func write(into buffer: inout ByteBuffer) {
        buffer.writeMultipleIntegers(self.head, self.middle, self.tail, endianness: .little)
        self.node?.write(into: &buffer)
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
