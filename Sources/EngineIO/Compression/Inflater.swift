// Licensed under the MIT licence.

import CZlib
import NIOCore

/// A zlib stream that takes raw deflate data apart (RFC 1951), given back when the value goes.
///
/// Confined to whoever owns it.
struct Inflater: ~Copyable {
    enum Failure: Error, Equatable {
        /// The message has more bytes than it may.
        case tooLarge
        /// What came is no deflate data, or breaks off.
        case malformed
    }

    /// What the sender left out of a message (RFC 7692 §7.2.2).
    private static let tail: [UInt8] = [0x00, 0x00, 0xff, 0xff]

    /// How often zlib was called: what is done beyond its own work for each byte.
    private(set) var callCount = 0
    /// On the heap, since zlib's state points back at it: it must not move.
    private let stream: UnsafeMutablePointer<z_stream>

    /// `nil` when there is no memory for it.
    ///
    /// `windowBits`: how far the data looks back, as a power of two; more does no harm.
    init?(windowBits: Int) {
        self.stream = .allocate(capacity: 1)
        self.stream.initialize(to: z_stream())
        // The structure is all zero, which asks for zlib's own allocator, and is of the size that is told. Negative: no header.
        let bits = -CInt(clamping: min(max(windowBits, 9), 15))
        guard inflateInit2_(self.stream, bits, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size)) == Z_OK else {
            self.stream.deallocate()
            return nil
        }
    }

    deinit {
        // The stream was initialised, and nobody else has the pointer.
        _ = inflateEnd(self.stream)
        self.stream.deallocate()
    }

    /// Forgets all that went through.
    mutating func reset() {
        _ = inflateReset(self.stream)
    }

    /// One WebSocket message as it was before it was compressed.
    ///
    /// Storage grows with what comes out, at most to twice of it, so a small message that claims to be huge costs little.
    ///
    /// The work is bounded, too, in proportion to the bytes that go in and come out, both of which have their limits: the frame reader's
    /// for a message with all its fragments, which are gathered and taken apart once, and `maximumBytes`. No block takes less than
    /// ten bits; zlib is called once for each block that says it is the last, none of which takes less than two bytes, and each time the
    /// space is used up, which grows in proportion. The dearest bytes are those of empty blocks with codes of their own, of which
    /// zlib builds tables for every eleven bytes: a message of nothing else takes some fifty times as long as one of text that is as long
    /// when it has come out, about 0.1 s for a million bytes.
    ///
    /// `message`: the payload of its frames. `maximumBytes`: the most that may come out.
    mutating func inflate(_ message: ByteBuffer, maximumBytes: Int) throws(Failure) -> ByteBuffer {
        let limit = max(0, min(maximumBytes, Int(UInt32.max / 2)))
        var output = ByteBuffer()
        output.reserveCapacity(min(limit + 1, max(256, 2 * message.readableBytes)))
        let isFinished = try self.run(message, limit: limit, into: &output)
        // A sender whose last block says that it is the last should have added one more (§7.2.3.4). Not all do.
        if !isFinished {
            _ = try self.run(ByteBuffer(bytes: Self.tail), limit: limit, into: &output)
            // Between two blocks (`inflate` in `zlib.h`): nothing of the message is missing.
            guard self.stream.pointee.data_type & 128 != 0 else { throw .malformed }
        }
        guard output.readableBytes <= limit else { throw .tooLarge }
        return output
    }

    /// Returns whether the bytes ended with the end of a stream.
    private mutating func run(_ bytes: ByteBuffer, limit: Int, into output: inout ByteBuffer) throws(Failure) -> Bool {
        let result = bytes.withUnsafeReadableBytes { self.run($0, limit: limit, into: &output) }
        self.stream.pointee.next_in = nil
        return try result.get()
    }

    private mutating func run(
        _ bytes: UnsafeRawBufferPointer,
        limit: Int,
        into output: inout ByteBuffer
    ) -> Result<Bool, Failure> {
        let stream = self.stream
        // zlib reads `avail_in` bytes from here, all of them inside `bytes`, and writes none: its parameter lacks a const. A buffer
        // has at most `UInt32.max` bytes.
        stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.bindMemory(to: UInt8.self).baseAddress)
        stream.pointee.avail_in = UInt32(clamping: bytes.count)
        while true {
            // One byte more than is allowed tells that there are too many.
            let room = limit + 1 - output.readableBytes
            guard room > 0 else { return .failure(.tooLarge) }
            let wanted = min(room, max(256, output.writableBytes, output.readableBytes))
            var status = Z_OK
            self.callCount += 1
            output.writeWithUnsafeMutableBytes(minimumWritableBytes: wanted) { space in
                let count = UInt32(clamping: min(space.count, room))
                // zlib writes at most `avail_out` bytes, all of them inside `space`, and only during this call.
                stream.pointee.next_out = space.bindMemory(to: UInt8.self).baseAddress
                stream.pointee.avail_out = count
                status = CZlib.inflate(stream, Z_SYNC_FLUSH)
                return Int(count - stream.pointee.avail_out)
            }
            stream.pointee.next_out = nil
            switch status {
            case Z_OK, Z_BUF_ERROR:
                // Every other round has taken input or filled its space, so the loop ends.
                if stream.pointee.avail_in == 0, stream.pointee.avail_out > 0 { return .success(false) }
                if status == Z_BUF_ERROR, stream.pointee.avail_out > 0 { return .failure(.malformed) }
            case Z_STREAM_END:
                // Further blocks may follow, and look back at what came before: the window stays.
                guard inflateResetKeep(stream) == Z_OK else { return .failure(.malformed) }
                if stream.pointee.avail_in == 0 { return .success(true) }
            default:
                return .failure(.malformed)
            }
        }
    }
}
