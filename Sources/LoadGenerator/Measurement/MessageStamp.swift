// Licensed under the MIT licence.

internal import NIOCore

/// What the content of every message starts with: which run, room and sender it is from, its number, and when it was
/// (to be) sent.
///
/// 48 bytes that need no escaping in JSON: an eight-byte marker (`~` and seven characters of the run's id), then
/// room, sender and counter as eight hexadecimal digits each and the time as sixteen. Fixed places make it cheap to
/// read for every delivery.
struct MessageStamp: Equatable {
    static let byteCount = 48
    private static let markerBytes = 8

    var room: UInt32
    /// The sender's place among the senders of its room.
    var sender: UInt32
    /// Counts from 0 for each sender.
    var counter: UInt32
    /// When the message was sent; in open mode when it was due, so that a sender that was held up does not hide the
    /// delay (coordinated omission).
    var sentAt: NIODeadline

    /// Writes the stamp over the first 48 bytes of `target`.
    func write(marker: UInt64, over target: UnsafeMutableRawBufferPointer) {
        guard target.count >= Self.byteCount else { return }
        let time = self.sentAt.uptimeNanoseconds
        target.storeBytes(of: marker, toByteOffset: 0, as: UInt64.self)
        target.storeBytes(of: Hexadecimal.encode(self.room), toByteOffset: 8, as: UInt64.self)
        target.storeBytes(of: Hexadecimal.encode(self.sender), toByteOffset: 16, as: UInt64.self)
        target.storeBytes(of: Hexadecimal.encode(self.counter), toByteOffset: 24, as: UInt64.self)
        target.storeBytes(
            of: Hexadecimal.encode(UInt32(truncatingIfNeeded: time >> 32)),
            toByteOffset: 32,
            as: UInt64.self
        )
        target.storeBytes(of: Hexadecimal.encode(UInt32(truncatingIfNeeded: time)), toByteOffset: 40, as: UInt64.self)
    }

    /// Reads the stamp that starts at `offset`, where the marker was found; `nil` when the bytes end before it does.
    init?(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
        guard bytes.count - offset >= Self.byteCount else { return nil }
        func word(_ index: Int) -> UInt32 {
            Hexadecimal.decode(bytes.loadUnaligned(fromByteOffset: offset + index, as: UInt64.self))
        }
        self.room = word(8)
        self.sender = word(16)
        self.counter = word(24)
        self.sentAt = .uptimeNanoseconds(UInt64(word(32)) << 32 | UInt64(word(40)))
    }

    init(room: UInt32, sender: UInt32, counter: UInt32, sentAt: NIODeadline) {
        self.room = room
        self.sender = sender
        self.counter = counter
        self.sentAt = sentAt
    }

    /// The marker of a run, as its bytes lie in memory; `run` supplies seven characters, filled up with `0`.
    static func marker(run: String) -> UInt64 {
        var bytes = Array("~0000000".utf8)
        for (index, byte) in run.utf8.prefix(Self.markerBytes - 1).enumerated() { bytes[index + 1] = byte }
        return bytes.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
    }
}

/// Eight hexadecimal digits in one machine word, in the order of memory.
enum Hexadecimal {
    @inline(__always)
    static func encode(_ value: UInt32) -> UInt64 {
        // Spread the eight nibbles over eight bytes, then turn each into its digit.
        var word = UInt64(value)
        word = (word | word << 16) & 0x0000_FFFF_0000_FFFF
        word = (word | word << 8) & 0x00FF_00FF_00FF_00FF
        word = (word | word << 4) & 0x0F0F_0F0F_0F0F_0F0F
        let letters = ((word &+ 0x0606_0606_0606_0606) >> 4) & 0x0101_0101_0101_0101
        return (word &+ 0x3030_3030_3030_3030 &+ letters &* 0x27).bigEndian
    }

    /// The value of eight lower-case digits.
    ///
    /// Other bytes give some value; whoever reads it checks the range.
    @inline(__always)
    static func decode(_ digits: UInt64) -> UInt32 {
        var word = UInt64(bigEndian: digits)
        word = (word & 0x0F0F_0F0F_0F0F_0F0F) &+ ((word >> 6) & 0x0101_0101_0101_0101) &* 9
        word = (word | word >> 4) & 0x00FF_00FF_00FF_00FF
        word = (word | word >> 8) & 0x0000_FFFF_0000_FFFF
        return UInt32(truncatingIfNeeded: word | word >> 16)
    }
}
