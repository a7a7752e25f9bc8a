// Licensed under the MIT licence.

public import NIOCore

/// Builds the body of the answer to a poll (or of a client's POST), packet by packet.
///
/// - Engine.IO 4: packets joined by 0x1e, binary as `b` and base64. A text packet that contains 0x1e itself would come
///   apart at the other side (Engine.IO protocol v4, "From v3 to v4"); JSON, and so Socket.IO, never does.
/// - Engine.IO 3: `<length>:<packet>`, the length in UTF-16 code units. The first binary message turns the whole
///   payload into the binary form; with `base64` it is `b4` and base64 and the payload stays text.
public struct PayloadEncoder: Sendable {
    private let revision: ProtocolRevision
    private let base64: Bool
    private var buffer: ByteBuffer
    /// Where the packets of an Engine.IO 3 text lie in the buffer, as long as it may have to be turned into the binary
    /// form.
    private var textRanges: [Range<Int>] = []
    /// How many packets there are.
    public private(set) var packetCount = 0
    /// Whether the payload is in Engine.IO 3's binary form, to be sent as `application/octet-stream`.
    public private(set) var isBinary = false

    /// Begins a payload.
    /// - Parameters:
    ///   - revision: The session's protocol revision.
    ///   - base64: Binary must be base64: the client's handshake had `b64=1`, or the answer is JSONP. Engine.IO 4
    ///     payloads always use base64.
    ///   - buffer: Where to write; cleared first. Hand in one whose storage may be used again.
    public init(revision: ProtocolRevision, base64: Bool = false, buffer: ByteBuffer = ByteBuffer()) {
        self.revision = revision
        self.base64 = base64
        self.buffer = buffer
        self.buffer.clear()
    }

    /// How many bytes the body has so far.
    public var byteCount: Int { self.buffer.readableBytes }

    /// The body so far.
    public var body: ByteBuffer { self.buffer }

    /// What to send as `Content-Type` (the reference server's values).
    public var contentType: String { self.isBinary ? "application/octet-stream" : "text/plain; charset=UTF-8" }

    /// Appends a packet.
    public mutating func append(_ packet: EngineIOPacket) {
        defer { self.packetCount += 1 }
        switch self.revision {
        case .v4:
            if self.packetCount > 0 { self.buffer.writeInteger(PayloadDecoder.recordSeparator) }
            if case .message(.binary(let bytes)) = packet {
                EngineIOPacket.encodeBase64(bytes, revision: .v4, into: &self.buffer)
            } else {
                packet.encodeText(into: &self.buffer)
            }
        case .v3:
            self.appendCounted(packet)
        }
    }

    // MARK: Engine.IO 3

    private mutating func appendCounted(_ packet: EngineIOPacket) {
        if case .message(.binary(let bytes)) = packet {
            if self.base64 {
                // `b4` and the digits.
                self.buffer.writeDecimal(2 + Base64.encodedCount(bytes.readableBytes))
                self.buffer.writeInteger(UInt8(ascii: ":"))
                EngineIOPacket.encodeBase64(bytes, revision: .v3, into: &self.buffer)
                return
            }
            self.turnBinary()
            self.writeBinaryHeader(kind: 1, byteCount: 1 + bytes.readableBytes)
            self.buffer.writeInteger(PacketType.message.rawValue)
            self.buffer.writeImmutableBuffer(bytes)
        } else if self.isBinary {
            self.writeBinaryHeader(kind: 0, byteCount: 1 + (packet.textData?.readableBytes ?? 0))
            packet.encodeText(into: &self.buffer)
        } else {
            let units = packet.textData?.withUnsafeReadableBytes { UTF16Length.codeUnits(in: $0) } ?? 0
            self.buffer.writeDecimal(1 + units)
            self.buffer.writeInteger(UInt8(ascii: ":"))
            let start = self.buffer.writerIndex
            packet.encodeText(into: &self.buffer)
            if !self.base64 { self.textRanges.append(start..<self.buffer.writerIndex) }
        }
    }

    /// Rewrites the text packets so far in the binary form, where each begins with 0x00 and its length in bytes.
    private mutating func turnBinary() {
        guard !self.isBinary else { return }
        self.isBinary = true
        guard !self.textRanges.isEmpty else { return }
        let text = self.buffer
        self.buffer = ByteBuffer()
        self.buffer.reserveCapacity(text.readableBytes + 8 * self.textRanges.count)
        for range in self.textRanges {
            self.writeBinaryHeader(kind: 0, byteCount: range.count)
            self.buffer.writeBytes(text.viewBytes(at: range.lowerBound, length: range.count) ?? ByteBufferView())
        }
        self.textRanges = []
    }

    /// Writes the kind (0 text, 1 binary), the length as digits 0…9 and the byte 0xff (Engine.IO protocol v3,
    /// "Payload").
    private mutating func writeBinaryHeader(kind: UInt8, byteCount: Int) {
        self.buffer.writeInteger(kind)
        self.buffer.writeDecimal(byteCount, zero: 0)
        self.buffer.writeInteger(0xff as UInt8)
    }
}

extension EngineIOPacket {
    /// The data of a packet that is text.
    fileprivate var textData: ByteBuffer? {
        switch self {
        case .open(let data), .ping(let data), .pong(let data), .message(.text(let data)): data
        case .message(.binary), .close, .upgrade, .noop: nil
        }
    }
}
