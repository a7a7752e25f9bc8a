// Licensed under the MIT licence.

internal import NIOCore

/// Turns the bytes of a connection into WebSocket messages: frames split over reads, several in one read, and
/// fragmented messages.
///
/// Held bytes never exceed `maximumMessageBytes` plus one read. Complete, unfragmented messages (all of them, with
/// common servers) are handed over where they lie in the read buffer.
struct WebSocketMessageReader {
    enum Message {
        case text(UnsafeRawBufferPointer)
        case binary(UnsafeRawBufferPointer)
        case ping(UnsafeRawBufferPointer)
        case pong
        case close(code: UInt16?)
    }

    let maximumMessageBytes: Int
    /// The start of a frame whose end has not arrived.
    private var held: ByteBuffer?
    private var fragments: ByteBuffer?
    private var fragmentOpcode = WebSocketFrame.Opcode.text

    init(maximumMessageBytes: Int) {
        self.maximumMessageBytes = maximumMessageBytes
    }

    /// Reads on, calling `deliver` for each complete message, whose bytes are valid only during that call.
    ///
    /// `deliver` returns whether to go on.
    mutating func read(_ buffer: ByteBuffer, deliver: (Message) -> Bool) throws(WebSocketViolation) {
        guard var joined = self.held.take() else {
            try self.readAll(buffer, deliver: deliver)
            return
        }
        joined.writeImmutableBuffer(buffer)
        try self.readAll(joined, deliver: deliver)
    }

    private mutating func readAll(_ buffer: ByteBuffer, deliver: (Message) -> Bool) throws(WebSocketViolation) {
        var consumed = 0
        var violation: WebSocketViolation?
        buffer.withUnsafeReadableBytes { bytes in
            do throws(WebSocketViolation) {
                while let frame = try WebSocketFrame.parse(
                    bytes,
                    at: consumed,
                    maximumPayloadBytes: self.maximumMessageBytes
                ) {
                    consumed = frame.end
                    let payload = UnsafeRawBufferPointer(rebasing: bytes[frame.payloadStart..<frame.end])
                    if frame.isFinal, frame.opcode == .text, self.fragments == nil {
                        guard deliver(.text(payload)) else { return }
                    } else if try !self.readOther(frame, payload, deliver: deliver) {
                        return
                    }
                }
            } catch {
                violation = error
            }
        }
        if let violation { throw violation }
        if consumed == 0 {
            // Kept as it is: copying at every read of a long message would be quadratic.
            self.held = buffer.readableBytes > 0 ? buffer : nil
        } else if consumed < buffer.readableBytes {
            var rest = ByteBuffer()
            rest.writeBytes(buffer.readableBytesView.dropFirst(consumed))
            self.held = rest
        }
    }

    private mutating func readOther(
        _ frame: WebSocketFrame,
        _ payload: UnsafeRawBufferPointer,
        deliver: (Message) -> Bool
    ) throws(WebSocketViolation) -> Bool {
        switch frame.opcode {
        case .text, .binary:
            guard self.fragments == nil else { throw .badFragment }
            if frame.isFinal { return deliver(.binary(payload)) }
            self.fragments = ByteBuffer(bytes: payload)
            self.fragmentOpcode = frame.opcode
            return true
        case .continuation:
            guard var whole = self.fragments.take() else { throw .badFragment }
            guard whole.readableBytes + payload.count <= self.maximumMessageBytes else { throw .tooLong }
            whole.writeBytes(payload)
            guard frame.isFinal else {
                self.fragments = whole
                return true
            }
            let isText = self.fragmentOpcode == .text
            return whole.withUnsafeReadableBytes { deliver(isText ? .text($0) : .binary($0)) }
        case .close:
            return deliver(.close(code: payload.count >= 2 ? UInt16(payload[0]) << 8 | UInt16(payload[1]) : nil))
        case .ping:
            return deliver(.ping(payload))
        case .pong:
            return deliver(.pong)
        }
    }
}
