// Licensed under the MIT licence.

package import NIOCore

/// Makes replies of received bytes, however they are split.
///
/// Theory: a reply is read in two steps. The first goes over the bytes once, as they come, and notes a token for every part; it
/// never looks at a byte again when more arrive, so that a large reply in many pieces costs its size and no more. When the last
/// part is there, the second makes the values, as slices of the bytes. Nothing is sliced earlier, so that the buffer has one owner
/// while it grows.
///
/// After an error the decoder is of no more use, and says the same error again.
package struct RESPDecoder {
    private let limits: RESPLimits
    private let maximumDepth: Int
    private var buffer = ByteBuffer()
    private var failure: RESPDecodingError?

    /// Where the next token begins, from the reader index.
    private var cursor = 0
    /// Up to where a line's end has been looked for.
    private var searched = 0
    /// The string whose bytes are awaited; the cursor is where they begin.
    private var awaited: (type: RESPToken.StringType, length: Int)?
    private var tokens: [RESPToken] = []
    /// How many parts each open aggregate still lacks.
    private var open: [Int] = []
    private var elements = 0

    /// Makes a decoder at the beginning of a reply.
    ///
    /// - Parameter limits: What a reply may cost.
    package init(limits: RESPLimits = .init()) {
        var limits = limits
        // More than a buffer can hold, and lengths are added up without a look at overflows.
        limits.maximumReplyBytes = min(limits.maximumReplyBytes, 1 << 31)
        self.limits = limits
        self.maximumDepth = min(limits.maximumDepth, 512)
    }

    /// Whether a reply has begun and not ended.
    package var isAmidReply: Bool {
        self.buffer.readableBytes > 0
    }

    /// Takes bytes as they were received.
    ///
    /// - Parameter bytes: The bytes, of any number.
    package mutating func append(_ bytes: ByteBuffer) {
        if self.buffer.readableBytes == 0 {
            self.buffer = bytes
        } else {
            if self.buffer.readerIndex > 1 << 16 { self.buffer.discardReadBytes() }
            var bytes = bytes
            self.buffer.writeBuffer(&bytes)
        }
    }

    /// Gives the next reply that is complete.
    ///
    /// - Returns: The reply, or `nil` if more bytes are needed.
    /// - Throws: Why the bytes make no sense.
    package mutating func next() throws(RESPDecodingError) -> RESPValue? {
        if let failure { throw failure }
        do throws(RESPDecodingError) {
            while let token = try self.nextToken() {
                if let reply = try self.take(token) { return reply }
            }
            guard self.cursor <= self.limits.maximumReplyBytes else { throw .replyTooLarge }
            return nil
        } catch {
            self.failure = error
            self.buffer = ByteBuffer()
            self.tokens = []
            throw error
        }
    }

    /// Notes a token; gives the reply if it was the last one.
    private mutating func take(_ token: RESPToken) throws(RESPDecodingError) -> RESPValue? {
        guard self.cursor <= self.limits.maximumReplyBytes else { throw .replyTooLarge }
        if case .aggregate(_, let parts) = token {
            self.elements += parts
            guard self.elements <= self.limits.maximumElements else { throw .tooManyElements }
            guard self.open.count < self.maximumDepth else { throw .tooDeep }
            self.tokens.append(token)
            if parts > 0 {
                self.open.append(parts)
                return nil
            }
        } else if self.open.isEmpty {
            return self.finish { reply in RESPTree.scalar(token, in: reply) }
        } else {
            self.tokens.append(token)
        }
        while let lacking = self.open.popLast() {
            if lacking > 1 {
                self.open.append(lacking - 1)
                return nil
            }
        }
        let tokens = self.tokens
        self.tokens.removeAll(keepingCapacity: tokens.count <= 1024)
        return self.finish { reply in
            var tree = RESPTree(tokens: tokens, bytes: reply)
            return tree.value()
        }
    }

    private mutating func finish(_ value: (ByteBuffer) -> RESPValue) -> RESPValue? {
        defer {
            self.cursor = 0
            self.searched = 0
            self.elements = 0
        }
        // All tokens were found in these bytes, so the slice is there.
        guard let reply = self.buffer.readSlice(length: self.cursor) else { return nil }
        if self.buffer.readableBytes == 0 { self.buffer = ByteBuffer() }
        return value(reply)
    }

    // MARK: Tokens

    private mutating func nextToken() throws(RESPDecodingError) -> RESPToken? {
        if let awaited { return try self.string(awaited.type, length: awaited.length) }
        guard let end = try self.lineEnd() else { return nil }
        let base = self.buffer.readerIndex
        let start = self.cursor + 1
        guard let type = self.buffer.getInteger(at: base + self.cursor, as: UInt8.self) else { return nil }
        // A line holds at least its type before the CR.
        guard start <= end else { throw .missingTerminator }
        let line = RESPLine(type: type, offset: start, length: end - start)
        let parsed = try line.parse(in: self.buffer.readableBytesView)
        self.cursor = end + 2
        self.searched = self.cursor
        switch parsed {
        case .token(let token):
            return token
        case .stringFollows(let type, let length):
            // Checked before anything is set aside, and without an overflow.
            guard length <= self.limits.maximumReplyBytes else { throw .replyTooLarge }
            guard self.cursor + length + 2 <= self.limits.maximumReplyBytes else { throw .replyTooLarge }
            self.awaited = (type, length)
            return try self.string(type, length: length)
        }
    }

    /// The bytes of a string, if they are there.
    private mutating func string(_ type: RESPToken.StringType, length: Int) throws(RESPDecodingError) -> RESPToken? {
        guard self.buffer.readableBytes >= self.cursor + length + 2 else { return nil }
        let offset = self.cursor
        let end = self.buffer.readerIndex + offset + length
        guard self.buffer.getInteger(at: end, as: UInt16.self) == 0x0D0A else { throw .missingTerminator }
        if type == .verbatim {
            guard length >= 4, self.buffer.getInteger(at: end - length + 3, as: UInt8.self) == UInt8(ascii: ":") else {
                throw .malformedVerbatimString
            }
        }
        self.awaited = nil
        self.cursor = offset + length + 2
        self.searched = self.cursor
        return .string(type, offset: offset, length: length)
    }

    /// Where the CR of the line at the cursor is, if the line is complete.
    private mutating func lineEnd() throws(RESPDecodingError) -> Int? {
        let from = self.searched
        let readable = self.buffer.readableBytes
        guard from < readable else { return nil }
        let found: Int? = self.buffer.withUnsafeReadableBytes { bytes in
            var index = from
            while index < bytes.count, bytes[index] != 0x0A { index += 1 }
            return index < bytes.count ? index : nil
        }
        guard (found ?? readable) - self.cursor <= self.limits.maximumLineBytes else { throw .lineTooLong }
        guard let found else {
            self.searched = readable
            return nil
        }
        let base = self.buffer.readerIndex
        guard found > self.cursor, self.buffer.getInteger(at: base + found - 1, as: UInt8.self) == 0x0D else {
            throw .missingTerminator
        }
        return found - 1
    }
}
