// Licensed under the MIT licence.

public import NIOCore

/// One of the 16,384 parts among which a Redis Cluster divides its keys.
///
/// `CRC16(key) mod 16384`; if the key has a `{` with a `}` somewhere behind it and anything between, only what is between the
/// first `{` and the next `}` counts, so that keys can be kept together (Redis Cluster specification, "Hash tags").
public struct HashSlot: Sendable, Hashable {
    /// How many there are.
    public static let count = 16_384

    /// From 0 to 16,383.
    public let number: UInt16

    /// Makes a slot of its number.
    ///
    /// - Parameter number: The number; `nil` comes of one that is not below 16,384.
    public init?(number: Int) {
        guard (0..<Self.count).contains(number) else { return nil }
        self.number = UInt16(number)
    }

    /// Finds the slot of a key or sharded channel.
    ///
    /// - Parameter key: The key.
    public init(key: String) {
        if let found = key.utf8.withContiguousStorageIfAvailable({ HashSlot(bytes: UnsafeRawBufferPointer($0)) }) {
            self = found
        } else {
            self = Array(key.utf8).withUnsafeBytes { HashSlot(bytes: $0) }
        }
    }

    /// Finds the slot of a key or sharded channel.
    ///
    /// - Parameter key: The key's bytes.
    public init(key: ByteBuffer) {
        self = key.withUnsafeReadableBytes { HashSlot(bytes: $0) }
    }

    private init(bytes: UnsafeRawBufferPointer) {
        var start = 0
        var end = bytes.count
        if let opening = bytes.firstIndex(of: UInt8(ascii: "{")),
            let closing = bytes[(opening + 1)...].firstIndex(of: UInt8(ascii: "}")), closing > opening + 1
        {
            start = opening + 1
            end = closing
        }
        var crc: UInt16 = 0
        for index in start..<end {
            crc = (crc << 8) ^ Self.table[Int(UInt8(truncatingIfNeeded: crc >> 8) ^ bytes[index])]
        }
        self.number = crc % UInt16(Self.count)
    }

    /// CRC-16/XMODEM: polynomial 0x1021, begun with 0, nothing reflected.
    private static let table: [UInt16] = (0..<256).map { byte in
        var crc = UInt16(byte) << 8
        for _ in 0..<8 { crc = crc & 0x8000 == 0 ? crc << 1 : (crc << 1) ^ 0x1021 }
        return crc
    }
}
