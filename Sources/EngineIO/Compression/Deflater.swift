// Licensed under the MIT licence.

import CZlib
import NIOCore

/// A zlib stream that compresses (RFC 1951), given back when the value goes.
///
/// Confined to whoever owns it.
struct Deflater: ~Copyable {
    /// What stands around the compressed bytes.
    enum Format {
        /// Nothing; the window's size as a power of two, 9 to 15.
        case raw(windowBits: Int)
        /// A zlib header and checksum (RFC 1950).
        case zlib
        /// A gzip header and checksum (RFC 1952).
        case gzip

        /// zlib's `windowBits`, which says both (`deflateInit2` in `zlib.h`).
        fileprivate var windowBits: CInt {
            switch self {
            case .raw(let bits): -CInt(clamping: min(max(bits, 9), 15))
            case .zlib: 15
            case .gzip: 15 + 16
            }
        }
    }

    /// What follows a sync flush and is not sent (RFC 7692 §7.2.1).
    private static let tail: [UInt8] = [0x00, 0x00, 0xff, 0xff]

    /// On the heap, since zlib's state points back at it: it must not move.
    private let stream: UnsafeMutablePointer<z_stream>

    /// `nil` when there is no memory for it.
    init?(_ format: Format, level: Int, memoryLevel: Int) {
        self.stream = .allocate(capacity: 1)
        self.stream.initialize(to: z_stream())
        // The structure is all zero, which asks for zlib's own allocator, and is of the size that is told.
        let status = deflateInit2_(
            self.stream,
            CInt(clamping: min(max(level, 1), 9)),
            Z_DEFLATED,
            format.windowBits,
            CInt(clamping: min(max(memoryLevel, 1), 9)),
            Z_DEFAULT_STRATEGY,
            ZLIB_VERSION,
            CInt(MemoryLayout<z_stream>.size)
        )
        guard status == Z_OK else {
            self.stream.deallocate()
            return nil
        }
    }

    deinit {
        // The stream was initialised, and nobody else has the pointer. A state that holds unsent bytes is freed as well.
        _ = deflateEnd(self.stream)
        self.stream.deallocate()
    }

    /// Forgets all that went through.
    mutating func reset() {
        // Fails for a stream in a bad state only, and then the next call does.
        _ = deflateReset(self.stream)
    }

    /// Appends one WebSocket message, compressed (RFC 7692 §7.2.1).
    ///
    /// `type` stands in front of the data. Returns whether that worked; otherwise what was appended is of no use, and neither is
    /// the context.
    mutating func appendMessage(_ type: UInt8?, _ data: ByteBuffer, to output: inout ByteBuffer) -> Bool {
        if let type {
            guard withUnsafeBytes(of: type, { self.run($0, Z_NO_FLUSH, into: &output) }) else { return false }
        }
        guard data.withUnsafeReadableBytes({ self.run($0, Z_SYNC_FLUSH, into: &output) }),
            output.readableBytesView.suffix(Self.tail.count).elementsEqual(Self.tail)
        else { return false }
        output.moveWriterIndex(to: output.writerIndex - Self.tail.count)
        return true
    }

    /// Appends a whole stream, header and checksum included, and begins anew.
    ///
    /// Returns whether that worked.
    mutating func appendStream(_ data: ByteBuffer, to output: inout ByteBuffer) -> Bool {
        self.reset()
        return data.withUnsafeReadableBytes { self.run($0, Z_FINISH, into: &output) }
    }

    private mutating func run(_ bytes: UnsafeRawBufferPointer, _ flush: CInt, into output: inout ByteBuffer) -> Bool {
        let stream = self.stream
        // zlib reads `avail_in` bytes from here, all of them inside `bytes`, and writes none: its parameter lacks a const. The
        // address is of no use to it after the loop, when nothing of them is left. A buffer has at most `UInt32.max` bytes.
        stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.bindMemory(to: UInt8.self).baseAddress)
        stream.pointee.avail_in = UInt32(clamping: bytes.count)
        var expected = Int(clamping: deflateBound(stream, UInt(bytes.count))) + 16
        while true {
            var status = Z_OK
            output.writeWithUnsafeMutableBytes(minimumWritableBytes: expected) { space in
                let room = UInt32(clamping: space.count)
                // zlib writes at most `avail_out` bytes, all of them inside `space`, and only during this call.
                stream.pointee.next_out = space.bindMemory(to: UInt8.self).baseAddress
                stream.pointee.avail_out = room
                status = deflate(stream, flush)
                return Int(room - stream.pointee.avail_out)
            }
            stream.pointee.next_out = nil
            switch status {
            case Z_STREAM_END: return true
            case Z_OK where stream.pointee.avail_out == 0: expected = max(64, output.readableBytes)
            case Z_OK where flush != Z_FINISH: return true
            // Nothing was left to write when it was asked once more.
            case Z_BUF_ERROR where flush != Z_FINISH: return true
            default: return false
            }
        }
    }
}
