// Licensed under the MIT licence.

import EngineIOCore
import NIOCore

/// Reads a client's frames (RFC 6455 §5) and puts messages together.
///
/// A pure machine over bytes: what is wrong is thrown before anything is allocated for it. A message that came in one frame
/// is unmasked into the shared output in one pass; only fragments are gathered. NIOWebSocket's decoder makes a buffer and a
/// pipeline event for each frame, which the receive path cannot afford.
struct WebSocketFrameReader {
    /// What a client sent.
    enum Input: Equatable {
        case text(ByteBuffer)
        case binary(ByteBuffer)
        case ping(ByteBuffer)
        case pong
        case close(WebSocketCloseCode?)
    }

    /// A broken rule, with the close code that names it.
    struct Violation: Error, Equatable {
        var code: WebSocketCloseCode
        var limit: EngineLimit?

        static let protocolError = Violation(code: .protocolError)
        static let invalidText = Violation(code: .invalidPayload)
        static let messageTooBig = Violation(code: .messageTooBig, limit: .messageBytes)
        static let inflatedTooBig = Violation(code: .messageTooBig, limit: .inflatedBytes)
        static let invalidDeflate = Violation(code: .invalidPayload)
        static let internalError = Violation(code: .internalError)
        static let tooManyFragments = Violation(code: .messageTooBig, limit: .messageFragments)
    }

    private struct Header {
        var isFinal: Bool
        var isCompressed: Bool
        var opcode: UInt8
        var byteCount: Int
        var payloadCount: Int
        var mask: UInt32
    }

    private struct Fragments {
        var isText: Bool
        var isCompressed: Bool
        var bytes: ByteBuffer
        var count: Int
    }

    private let maximumMessageBytes: Int
    private let maximumFragments: Int
    private var fragments: Fragments?
    /// Takes compressed messages apart, if that was agreed on.
    private let inflater: MessageInflater?

    init(maximumMessageBytes: Int, maximumFragments: Int, inflater: MessageInflater? = nil) {
        // No buffer holds more.
        self.maximumMessageBytes = min(maximumMessageBytes, Int(UInt32.max))
        self.maximumFragments = maximumFragments
        self.inflater = inflater
    }

    /// Takes the next input from the front of `bytes`, or returns `nil` when it is not complete yet.
    ///
    /// Frames that only add to a message are taken without a result of their own.
    ///
    /// `output`: storage for unmasked payloads, used again unless somebody still holds the last one.
    mutating func next(from bytes: inout ByteBuffer, into output: inout ByteBuffer) throws(Violation) -> Input? {
        while let header = try self.readHeader(of: bytes) {
            guard bytes.readableBytes - header.byteCount >= header.payloadCount else { return nil }
            bytes.moveReaderIndex(forwardBy: header.byteCount)
            Self.unmask(&bytes, count: header.payloadCount, mask: header.mask, into: &output)
            if let input = try self.take(output, header) { return input }
        }
        return nil
    }

    private func readHeader(of bytes: ByteBuffer) throws(Violation) -> Header? {
        let start = bytes.readerIndex
        guard let first = bytes.getInteger(at: start, as: UInt8.self),
            let second = bytes.getInteger(at: start + 1, as: UInt8.self)
        else { return nil }
        let opcode = first & 0x0F
        let isFinal = first & 0x80 != 0
        let isControl = opcode & 0x08 != 0
        // The first reserved bit marks the beginning of a compressed message where that was agreed on (RFC 7692 §6); the others
        // mean nothing. A client masks everything it sends.
        let isCompressed = first & 0x40 != 0
        guard first & 0x30 == 0, second & 0x80 != 0 else { throw .protocolError }
        guard !isCompressed || self.inflater != nil && (opcode == 0x1 || opcode == 0x2) else { throw .protocolError }
        switch opcode {
        case 0x0: guard self.fragments != nil else { throw .protocolError }
        case 0x1, 0x2: guard self.fragments == nil else { throw .protocolError }
        case 0x8, 0x9, 0xA: guard isFinal, second & 0x7F <= 125 else { throw .protocolError }
        default: throw .protocolError
        }
        var offset = start + 2
        let length: UInt64
        switch second & 0x7F {
        case 126:
            guard let value = bytes.getInteger(at: offset, as: UInt16.self) else { return nil }
            length = UInt64(value)
            offset += 2
        case 127:
            guard let value = bytes.getInteger(at: offset, as: UInt64.self) else { return nil }
            length = value
            offset += 8
        case let value:
            length = UInt64(value)
        }
        if !isControl {
            let gathered = self.fragments?.bytes.readableBytes ?? 0
            let isPacked = self.fragments?.isCompressed ?? isCompressed
            // Noise grows a little when it is compressed (zlib's `deflateBound`); what counts is checked when it is inflated.
            let slack = isPacked ? self.maximumMessageBytes / 16 + 64 : 0
            guard length <= UInt64(self.maximumMessageBytes + slack - gathered) else { throw .messageTooBig }
        }
        guard let mask = bytes.getInteger(at: offset, endianness: .host, as: UInt32.self) else { return nil }
        return Header(
            isFinal: isFinal,
            isCompressed: isCompressed,
            opcode: opcode,
            byteCount: offset + 4 - start,
            payloadCount: Int(truncatingIfNeeded: length),
            mask: mask
        )
    }

    private mutating func take(_ payload: ByteBuffer, _ header: Header) throws(Violation) -> Input? {
        switch header.opcode {
        case 0x1, 0x2:
            let isText = header.opcode == 0x1
            if header.isFinal {
                return try self.message(payload, isText: isText, isCompressed: header.isCompressed)
            }
            self.fragments = Fragments(
                isText: isText,
                isCompressed: header.isCompressed,
                // In storage of its own: the output is shared by all connections of the loop.
                bytes: ByteBuffer(bytes: payload.readableBytesView),
                count: 1
            )
            return nil
        case 0x0:
            guard var fragments = self.fragments.take() else { throw .protocolError }
            fragments.count += 1
            guard fragments.count <= self.maximumFragments else { throw .tooManyFragments }
            fragments.bytes.writeImmutableBuffer(payload)
            if header.isFinal {
                return try self.message(
                    fragments.bytes,
                    isText: fragments.isText,
                    isCompressed: fragments.isCompressed
                )
            }
            self.fragments = fragments
            return nil
        case 0x8:
            return .close(try Self.closeCode(payload))
        case 0x9:
            return .ping(payload)
        default:
            return .pong
        }
    }

    private func message(_ bytes: ByteBuffer, isText: Bool, isCompressed: Bool) throws(Violation) -> Input {
        var payload = bytes
        if isCompressed, let inflater = self.inflater {
            payload = try inflater.inflate(bytes, maximumBytes: self.maximumMessageBytes)
        }
        guard isText else { return .binary(payload) }
        guard UTF8Validator.isValid(payload) else { throw .invalidText }
        return .text(payload)
    }

    /// RFC 6455 §5.5.1: nothing, or two bytes of code and a reason in UTF-8.
    private static func closeCode(_ payload: ByteBuffer) throws(Violation) -> WebSocketCloseCode? {
        var payload = payload
        guard payload.readableBytes > 0 else { return nil }
        guard let value = payload.readInteger(as: UInt16.self) else { throw .protocolError }
        let code = WebSocketCloseCode(rawValue: value)
        guard code.mayBeSent else { throw .protocolError }
        guard UTF8Validator.isValid(payload) else { throw .invalidText }
        return code
    }

    /// Copies and unmasks in one pass, eight bytes at a time (RFC 6455 §5.3).
    private static func unmask(_ bytes: inout ByteBuffer, count: Int, mask: UInt32, into output: inout ByteBuffer) {
        if output.modifyIfUniquelyOwned({ $0.clear() }) == nil {
            output = ByteBufferAllocator().buffer(capacity: max(count, 1024))
        }
        guard count > 0 else { return }
        bytes.withUnsafeReadableBytes { source in
            _ = output.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { target in
                let wideMask = UInt64(mask) << 32 | UInt64(mask)
                var offset = 0
                while offset + 8 <= count {
                    let word = source.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                    target.storeBytes(of: word ^ wideMask, toByteOffset: offset, as: UInt64.self)
                    offset += 8
                }
                withUnsafeBytes(of: mask) { mask in
                    while offset < count {
                        target[offset] = source[offset] ^ mask[offset & 3]
                        offset += 1
                    }
                }
                return count
            }
        }
        bytes.moveReaderIndex(forwardBy: count)
    }
}
