// Licensed under the MIT licence.

import NIOCore

/// Reads a file line by line.
struct LineReader {
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

    /// The next line without its end, which the last one need not have; nil at the end of the file.
    mutating func next() throws(StartError) -> ByteBuffer? {
        while true {
            let unsearched = self.buffer.readableBytesView.dropFirst(self.searched)
            if let end = unsearched.firstIndex(of: UInt8(ascii: "\n")) {
                return self.take(end - self.buffer.readerIndex, ending: 1)
            }
            self.searched = self.buffer.readableBytes
            guard self.searched <= self.maximumBytes else {
                throw StartError("Line \(self.number + 1) is longer than \(self.maximumBytes) bytes.")
            }
            if self.isAtEnd { return self.searched == 0 ? nil : self.take(self.searched, ending: 0) }
            let chunk = try self.file.read(Self.chunkBytes)
            self.isAtEnd = chunk.isEmpty
            self.buffer.discardReadBytes()
            self.buffer.writeBytes(chunk)
        }
    }

    private mutating func take(_ count: Int, ending: Int) -> ByteBuffer? {
        self.searched = 0
        self.number += 1
        self.byteCount += count + ending
        // Its own bytes, so that the buffer can be used again.
        let line = self.buffer.readBytes(length: count).map { ByteBuffer(bytes: $0) }
        self.buffer.moveReaderIndex(forwardBy: ending)
        return line
    }
}
