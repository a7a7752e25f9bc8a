// Licensed under the MIT licence.

public import NIOCore

/// Takes the body of a polling request apart, packet by packet.
///
/// Three forms exist: packets joined by 0x1e (Engine.IO 4), `<length>:<packet>` repeated (Engine.IO 3 text), and
/// length-prefixed bytes (Engine.IO 3, content type `application/octet-stream`). See Engine.IO protocol v4, "Packet
/// encoding", and Engine.IO protocol v3, "Payload".
///
/// Packets come out one at a time, so that a `close` packet or an error stops everything behind it from being
/// dispatched and no list of a thousand packets is built. Nothing is copied but base64.
///
/// ```swift
/// var decoder = try PayloadDecoder(body, revision: .v4)
/// while let packet = try decoder.next() { … }
/// ```
public struct PayloadDecoder: Sendable {
    /// The most digits of a length: enough for any body this server takes, far from overflow.
    static let maximumLengthDigits = 9

    private let form: Form
    private let revision: ProtocolRevision
    private let maximumPackets: Int
    private var packetCount = 0
    private var rest: ByteBuffer
    private var isFinished = false

    private enum Form {
        case separated
        case countedText
        case countedBytes
    }

    /// Begins with a body and checks what can be checked at once: its size, and for text that it is UTF-8.
    /// - Parameters:
    ///   - body: The whole body of the request.
    ///   - revision: The session's protocol revision.
    ///   - isBinary: The content type is exactly `application/octet-stream`.
    ///   - maximumBytes: The most bytes of a body.
    ///   - maximumPackets: The most packets of a body, see ``EngineIOLimits/maximumPacketsPerPayload``.
    /// - Throws: ``PayloadError``, before any packet is looked at.
    public init(
        _ body: ByteBuffer,
        revision: ProtocolRevision,
        isBinary: Bool = false,
        maximumBytes: Int = EngineIOOptions.defaultMaxHTTPBufferSize,
        maximumPackets: Int = EngineIOLimits().maximumPacketsPerPayload
    ) throws(PayloadError) {
        guard body.readableBytes <= maximumBytes else { throw .tooLong(maximumBytes: maximumBytes) }
        guard body.readableBytes > 0 else { throw .empty }
        switch (revision, isBinary) {
        case (.v4, true): throw .binaryBodyNotAllowed
        case (.v4, false): self.form = .separated
        case (.v3, false): self.form = .countedText
        case (.v3, true): self.form = .countedBytes
        }
        if !isBinary, !UTF8Validator.isValid(body) { throw .invalidUTF8 }
        self.rest = body
        self.revision = revision
        self.maximumPackets = maximumPackets
    }

    /// The next packet, or `nil` after the last.
    /// - Throws: ``PayloadError``; after that there are no more packets.
    public mutating func next() throws(PayloadError) -> EngineIOPacket? {
        do throws(PayloadError) {
            while !self.isFinished {
                guard self.packetCount < self.maximumPackets else {
                    throw PayloadError.tooManyPackets(maximum: self.maximumPackets)
                }
                self.packetCount += 1
                switch self.form {
                case .separated: return try self.nextSeparated()
                case .countedText: if let packet = try self.nextCountedText() { return packet }
                case .countedBytes: return try self.nextCountedBytes()
                }
            }
            return nil
        } catch {
            self.isFinished = true
            throw error
        }
    }

    /// All packets of a body at once; for tools and tests, see ``next()``.
    public static func packets(
        in body: ByteBuffer,
        revision: ProtocolRevision,
        isBinary: Bool = false
    ) throws(PayloadError) -> [EngineIOPacket] {
        var decoder = try Self(body, revision: revision, isBinary: isBinary)
        var packets: [EngineIOPacket] = []
        while let packet = try decoder.next() { packets.append(packet) }
        return packets
    }

    // MARK: Engine.IO 4

    /// What stands between two packets of an Engine.IO 4 payload: the ASCII record separator.
    static let recordSeparator: UInt8 = 0x1e

    private mutating func nextSeparated() throws(PayloadError) -> EngineIOPacket {
        let view = self.rest.readableBytesView
        let length: Int
        if let separator = view.firstIndex(of: Self.recordSeparator) {
            length = separator - view.startIndex
        } else {
            length = view.count
            self.isFinished = true
        }
        let packet = try self.take(length)
        // Behind a separator another packet must follow, so an empty rest is an empty packet and not the end.
        if !self.isFinished { self.rest.moveReaderIndex(forwardBy: 1) }
        return try self.decode(text: packet)
    }

    // MARK: Engine.IO 3

    /// - Returns: `nil` for the length 0, which the reference server writes for a payload without packets (`0:`).
    private mutating func nextCountedText() throws(PayloadError) -> EngineIOPacket? {
        let length = try self.readLength(zero: UInt8(ascii: "0"), terminator: UInt8(ascii: ":"))
        let bytes = try self.rest.withUnsafeReadableBytes { bytes throws(PayloadError) in
            try UTF16Length.byteCount(ofCodeUnits: length, in: bytes)
        }
        let packet = try self.take(bytes)
        self.isFinished = self.rest.readableBytes == 0
        return length == 0 ? nil : try self.decode(text: packet)
    }

    private mutating func nextCountedBytes() throws(PayloadError) -> EngineIOPacket {
        // There is at least one byte: the body is not empty, and after each packet the rest was looked at.
        guard let kind = self.rest.readInteger(as: UInt8.self) else { throw .empty }
        guard kind <= 1 else { throw .unknownPacketKind(kind) }
        let length = try self.readLength(zero: 0, terminator: 0xff)
        let packet = try self.take(length)
        self.isFinished = self.rest.readableBytes == 0
        if kind == 0 {
            guard UTF8Validator.isValid(packet) else { throw .invalidUTF8 }
            return try self.decode(text: packet)
        }
        do {
            return try EngineIOPacket(binary: packet, revision: self.revision)
        } catch {
            throw .packet(error)
        }
    }

    /// Reads digits up to a terminator: `0`…`9` and `:` in text, 0…9 and 0xff in a binary payload.
    private mutating func readLength(zero: UInt8, terminator: UInt8) throws(PayloadError) -> Int {
        var length = 0
        var digits = 0
        while let byte = self.rest.readInteger(as: UInt8.self) {
            if byte == terminator {
                guard digits > 0 else { throw .invalidLength }
                return length
            }
            guard byte >= zero, byte - zero <= 9, digits < Self.maximumLengthDigits else { throw .invalidLength }
            length = length * 10 + Int(byte - zero)
            digits += 1
        }
        throw .lengthNotTerminated
    }

    private mutating func take(_ length: Int) throws(PayloadError) -> ByteBuffer {
        guard let slice = self.rest.readSlice(length: length) else { throw .lengthBeyondBody }
        return slice
    }

    private func decode(text: ByteBuffer) throws(PayloadError) -> EngineIOPacket {
        do {
            return try EngineIOPacket(text: text, revision: self.revision)
        } catch {
            throw .packet(error)
        }
    }
}
