// Licensed under the MIT licence.

/// One frame from a server, as places in the bytes that hold it: nothing is copied.
///
/// Server frames are never masked (RFC 6455 §5.1), so the payload can be used where it lies.
struct WebSocketFrame: Equatable {
    /// RFC 6455 §5.2 "Opcode"; raw values are the wire's.
    enum Opcode: UInt8 {
        case continuation = 0x0
        case text = 0x1
        case binary = 0x2
        case close = 0x8
        case ping = 0x9
        case pong = 0xA

        var isControl: Bool { self.rawValue >= 0x8 }
    }

    var opcode: Opcode
    var isFinal: Bool
    /// Where the payload starts, from the start of the bytes given to the parser.
    var payloadStart: Int
    /// Where the payload ends, which is where the next frame starts.
    var end: Int

    /// Finds the frame that starts at `offset`.
    ///
    /// - Returns: `nil` while the frame is incomplete.
    /// - Throws: `WebSocketViolation` for what RFC 6455 §5.2 and §5.5 forbid a server, and for a payload above
    ///   `maximumPayloadBytes`, which is refused as soon as its length is known.
    @inline(__always)
    static func parse(
        _ bytes: UnsafeRawBufferPointer,
        at offset: Int,
        maximumPayloadBytes: Int
    ) throws(WebSocketViolation) -> WebSocketFrame? {
        let available = bytes.count - offset
        guard available >= 2 else { return nil }
        let first = bytes[offset]
        let second = bytes[offset + 1]
        guard first & 0x70 == 0, let opcode = Opcode(rawValue: first & 0x0F) else { throw .reservedBits }
        guard second & 0x80 == 0 else { throw .maskedByServer }
        var headerBytes = 2
        var length = Int(second)
        if second == 126 {
            guard available >= 4 else { return nil }
            length = Int(bytes[offset + 2]) << 8 | Int(bytes[offset + 3])
            headerBytes = 4
        } else if second == 127 {
            guard available >= 10 else { return nil }
            var wide: UInt64 = 0
            for index in 2..<10 { wide = wide << 8 | UInt64(bytes[offset + index]) }
            guard wide <= UInt64(maximumPayloadBytes) else { throw .tooLong }
            length = Int(wide)
            headerBytes = 10
        }
        guard length <= maximumPayloadBytes else { throw .tooLong }
        let isFinal = first & 0x80 != 0
        if opcode.isControl, !isFinal || length > 125 { throw .badControlFrame }
        guard available - headerBytes >= length else { return nil }
        let start = offset + headerBytes
        return WebSocketFrame(opcode: opcode, isFinal: isFinal, payloadStart: start, end: start + length)
    }
}

/// What a server's frames did that RFC 6455 forbids, or that this client's limits do not allow.
enum WebSocketViolation: String, Error, Equatable {
    case reservedBits = "reserved bits or opcode"
    case maskedByServer = "a masked frame from the server"
    case badControlFrame = "a fragmented or long control frame"
    case badFragment = "fragments out of order"
    case tooLong = "a message above the limit"
}
