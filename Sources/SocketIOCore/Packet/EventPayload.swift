// Licensed under the MIT licence.

public import NIOCore
public import WireJSON

/// The payload of an event, taken apart: `["message",{"text":"hi"}]` is the name `message` and one argument.
///
/// Making one reads the name only. The arguments stay bytes until they are asked for.
public struct EventPayload: Sendable {
    /// The names that no event on the wire may have; the decoder refuses them.
    public static var reservedNames: [String] { ReservedEventNames.all }

    /// The event's name, escapes decoded.
    ///
    /// A number used as name is its text: `[1,"a"]` is the event `1`.
    public let name: String
    /// The whole array, name included.
    public let payload: JSONValue
    /// Offsets into the bytes of ``payload``.
    private let argumentsRange: Range<Int>

    /// Takes the event `packet` apart.
    ///
    /// - Returns: `nil` if it is no event, or has no name; never for an event from a ``PacketDecoder``.
    public init?(_ packet: SocketIOPacket) {
        guard packet.kind == .event || packet.kind == .binaryEvent, let payload = packet.payload else { return nil }
        self.init(payload)
    }

    /// Takes the payload of an event apart.
    ///
    /// - Returns: `nil` unless it is an array that begins with a string or a number.
    public init?(_ payload: JSONValue) {
        guard payload.kind == .array else { return nil }
        let found = payload.bytes.withUnsafeReadableBytes { bytes -> (plainName: String?, arguments: Range<Int>)? in
            guard let layout = EventLayout(bytes) else { return nil }
            switch layout.name {
            case .plain(let range), .number(let range):
                let name = String(decoding: UnsafeRawBufferPointer(rebasing: bytes[range]), as: UTF8.self)
                return (name, layout.arguments)
            case .escaped:
                return (nil, layout.arguments)
            }
        }
        guard let (plainName, argumentsRange) = found else { return nil }
        if let plainName {
            self.name = plainName
        } else {
            var elements = payload.elements.makeIterator()
            guard let name = elements.next()?.stringValue else { return nil }
            self.name = name
        }
        self.payload = payload
        self.argumentsRange = argumentsRange
    }

    /// Takes the payload of an event apart that did not come from a client, and holds it to the same rules.
    ///
    /// - Parameters:
    ///   - payload: To be sent to clients.
    ///   - attachmentCount: How many attachments its placeholders may refer to.
    ///   - limits: How long the name may be.
    /// - Throws: What a client would be refused for.
    package init(
        checking payload: JSONValue,
        attachmentCount: Int,
        limits: SocketIOLimits
    ) throws(PacketError) {
        guard payload.kind == .array else { throw .invalidPayload }
        try EventLayout.checkName(of: payload, limits: limits)
        if attachmentCount > 0 { try BinaryPlaceholders.validate(payload, attachmentCount: attachmentCount) }
        guard let event = EventPayload(payload) else { throw .invalidEventName }
        self = event
    }

    /// The arguments as they came in: JSON values joined by commas, without brackets.
    ///
    /// Empty if there are none. The bytes are shared, not copied.
    public var rawArguments: ByteBuffer {
        let bytes = self.payload.bytes
        let start = bytes.readerIndex + self.argumentsRange.lowerBound
        return bytes.getSlice(at: start, length: self.argumentsRange.count) ?? ByteBuffer()
    }

    /// The arguments.
    ///
    /// Walks all of them each time: keep what it returns.
    public var arguments: [JSONValue] {
        guard !self.argumentsRange.isEmpty else { return [] }
        return Array(self.payload.elements.dropFirst())
    }

    /// The first argument; cheaper than `arguments.first`.
    public var firstArgument: JSONValue? {
        guard !self.argumentsRange.isEmpty else { return nil }
        var elements = self.payload.elements.makeIterator()
        guard elements.next() != nil else { return nil }
        return elements.next()
    }
}

extension SocketIOPacket {
    /// The arguments of an acknowledgement; empty for other packets.
    public var acknowledgedArguments: [JSONValue] {
        guard self.kind == .ack || self.kind == .binaryAck, let payload = self.payload else { return [] }
        return Array(payload.elements)
    }
}
