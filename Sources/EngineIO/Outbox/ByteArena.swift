// Licensed under the MIT licence.

import EngineIOCore
import NIOCore

/// The bytes that one loop turn sends, back to back.
///
/// Written once per wire form; receivers refer to parts of it by ``ArenaRange``. Emptied at the end of every turn, so a turn's
/// traffic bounds it. Confined to its shard.
struct ByteArena: ~Copyable {
    /// What an idle loop keeps: enough for a busy turn of chat messages.
    private static let retainedCapacity = 256 * 1024

    private var storage: UnsafeMutableRawBufferPointer
    private(set) var count = 0

    init() {
        self.storage = .allocate(byteCount: 16 * 1024, alignment: 16)
    }

    deinit {
        self.storage.deallocate()
    }

    /// The first byte; valid until the next write.
    var baseAddress: UnsafeRawPointer? { UnsafeRawPointer(self.storage.baseAddress) }

    func bytes(in range: ArenaRange) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: self.storage[Int(range.start)..<Int(range.end)])
    }

    /// Whether a message still fits into what an ``ArenaRange`` can address, in both wire forms and with some to spare.
    func hasRoom(for message: EngineMessage) -> Bool {
        var byteCount = message.text?.readableBytes ?? 0
        for attachment in message.attachments { byteCount += attachment.readableBytes }
        return self.count + 2 * byteCount < Int(UInt32.max) / 2
    }

    /// Whether so many bytes can be written once more.
    func hasRoom(forCopyOf byteCount: Int) -> Bool {
        self.count + byteCount < Int(UInt32.max)
    }

    mutating func append(_ byte: UInt8) {
        self.reserve(1)
        self.storage[self.count] = byte
        self.count += 1
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress else { return }
        self.reserve(bytes.count)
        if let base = self.storage.baseAddress {
            (base + self.count).copyMemory(from: source, byteCount: bytes.count)
        }
        self.count += bytes.count
    }

    mutating func append(_ buffer: ByteBuffer) {
        buffer.withUnsafeReadableBytes { self.append($0) }
    }

    /// Writes a part of the arena once more at its end.
    mutating func appendCopy(of range: ArenaRange) {
        let length = Int(range.end - range.start)
        self.reserve(length)
        if let base = self.storage.baseAddress {
            (base + self.count).copyMemory(from: base + Int(range.start), byteCount: length)
        }
        self.count += length
    }

    /// Forgets everything, and gives back what an unusually large turn took.
    mutating func removeAll() {
        self.count = 0
        if self.storage.count > Self.retainedCapacity {
            self.storage.deallocate()
            self.storage = .allocate(byteCount: Self.retainedCapacity, alignment: 16)
        }
    }

    private mutating func reserve(_ additional: Int) {
        let needed = self.count + additional
        guard needed > self.storage.count else { return }
        let larger = UnsafeMutableRawBufferPointer.allocate(
            byteCount: max(needed, self.storage.count * 2),
            alignment: 16
        )
        larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: self.storage[..<self.count]))
        self.storage.deallocate()
        self.storage = larger
    }
}

/// A part of a ``ByteArena``.
struct ArenaRange: Equatable {
    var start: UInt32
    var end: UInt32

    static let empty = ArenaRange(start: 0, end: 0)
    var isEmpty: Bool { self.start == self.end }
    var count: Int { Int(self.end - self.start) }
}
