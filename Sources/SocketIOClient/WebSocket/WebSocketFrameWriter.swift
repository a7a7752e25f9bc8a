// Licensed under the MIT licence.

internal import NIOCore

/// Writes masked client frames (RFC 6455 §5.2 and §5.3).
struct WebSocketFrameWriter {
    /// State of a xorshift generator.
    ///
    /// A masking key keeps a script from choosing the bytes on the wire (RFC 6455 §10.3); nobody attacks a test
    /// client that way, and a system call per frame would cost more than the frame.
    private var random: UInt64

    init(seed: UInt64) {
        self.random = seed | 1
    }

    /// Appends one final frame of `prefix` followed by `payload` to `buffer`.
    mutating func write(
        _ opcode: WebSocketFrame.Opcode,
        prefix: UInt8? = nil,
        payload: UnsafeRawBufferPointer,
        into buffer: inout ByteBuffer
    ) {
        let length = payload.count + (prefix == nil ? 0 : 1)
        buffer.reserveCapacity(minimumWritableBytes: length + 14)
        buffer.writeInteger(0x80 | opcode.rawValue)
        if length < 126 {
            buffer.writeInteger(0x80 | UInt8(length))
        } else if length <= 0xFFFF {
            buffer.writeInteger(0x80 | UInt8(126))
            buffer.writeInteger(UInt16(length))
        } else {
            buffer.writeInteger(0x80 | UInt8(127))
            buffer.writeInteger(UInt64(length))
        }
        let key = self.nextKey()
        buffer.writeInteger(key)
        let start = buffer.writerIndex
        if let prefix { buffer.writeInteger(prefix) }
        buffer.writeBytes(payload)
        Self.mask(&buffer, from: start, length: length, key: key)
    }

    /// XORs `length` bytes from index `from` with the repeating key, eight at a time.
    private static func mask(_ buffer: inout ByteBuffer, from: Int, length: Int, key: UInt32) {
        let skip = from - buffer.readerIndex
        buffer.withUnsafeMutableReadableBytes { bytes in
            let region = UnsafeMutableRawBufferPointer(rebasing: bytes[skip..<(skip + length)])
            let big = key.bigEndian
            let wide = UInt64(big) << 32 | UInt64(big)
            var index = 0
            while index + 8 <= length {
                let word = region.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                region.storeBytes(of: word ^ wide, toByteOffset: index, as: UInt64.self)
                index += 8
            }
            while index < length {
                region[index] ^= UInt8(truncatingIfNeeded: key >> (24 - 8 * UInt32(index & 3)))
                index += 1
            }
        }
    }

    private mutating func nextKey() -> UInt32 {
        self.random ^= self.random << 13
        self.random ^= self.random >> 7
        self.random ^= self.random << 17
        return UInt32(truncatingIfNeeded: self.random >> 16)
    }
}
