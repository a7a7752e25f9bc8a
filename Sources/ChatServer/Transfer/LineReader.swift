// Licensed under the MIT licence.

import NIOCore

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Reads a file line by line, each byte of it once.
struct LineReader {
    /// What was read.
    enum Line: Equatable {
        /// A line without its end, which the last one need not have.
        case line(ByteBuffer)
        /// A line that is longer than may be; nothing can be read behind it.
        case tooLong
    }

    private static let chunkBytes = 1 << 18

    private let file: TransferFile
    private let maximumBytes: Int
    private var buffer = ByteBuffer()
    /// Up to here the buffer holds no end of a line.
    private var searched = 0
    private var isAtEnd = false
    /// The number of the line that was read last, from 1.
    private(set) var number = 0
    /// How many bytes of the file have been taken out as lines.
    private(set) var byteCount = 0

    init(_ file: TransferFile, maximumBytes: Int) {
        self.file = file
        self.maximumBytes = maximumBytes
    }

    /// The next line; nil at the end of the file.
    mutating func next() throws(StartError) -> Line? {
        while true {
            if let count = self.lengthOfLine() { return self.take(count, ending: 1) }
            self.searched = self.buffer.readableBytes
            if self.searched > self.maximumBytes { return self.tooLong() }
            if self.isAtEnd { return self.searched == 0 ? nil : self.take(self.searched, ending: 0) }
            let chunk = try self.file.read(Self.chunkBytes)
            self.isAtEnd = chunk.isEmpty
            self.buffer.discardReadBytes()
            self.buffer.writeBytes(chunk)
        }
    }

    /// How long the first line in the buffer is, if it is there as a whole.
    private func lengthOfLine() -> Int? {
        self.buffer.withUnsafeReadableBytes { bytes in
            let rest = bytes[self.searched...]
            guard let start = bytes.baseAddress, !rest.isEmpty,
                let end = memchr(start + self.searched, CInt(UInt8(ascii: "\n")), rest.count)
            else { return nil }
            return UnsafeRawPointer(end) - start
        }
    }

    private mutating func take(_ count: Int, ending: Int) -> Line {
        guard count <= self.maximumBytes else { return self.tooLong() }
        self.searched = 0
        self.number += 1
        self.byteCount += count + ending
        // Its own bytes, so that the buffer can be used again.
        let line = count == 0 ? ByteBuffer() : self.buffer.readBytes(length: count).map { ByteBuffer(bytes: $0) }
        self.buffer.moveReaderIndex(forwardBy: ending)
        return .line(line ?? ByteBuffer())
    }

    private mutating func tooLong() -> Line {
        self.number += 1
        self.buffer = ByteBuffer()
        self.searched = 0
        self.isAtEnd = true
        return .tooLong
    }
}
