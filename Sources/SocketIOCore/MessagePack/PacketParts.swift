// Licensed under the MIT licence.

import NIOCore
import WireJSON

/// The members of a packet's map, read but not yet held against each other.
///
/// Of members of the same name the last counts, as in JavaScript.
struct PacketParts {
    private(set) var type: Int64?
    private(set) var namespace: String?
    private(set) var ackID: UInt64?
    /// One JSON value; `nil` if it is absent, nil or undefined.
    private(set) var payload: ByteBuffer?
    private(set) var attachments: [ByteBuffer] = []

    /// Reads the map from MessagePack; what follows it is an error.
    init(_ message: ByteBuffer, limits: SocketIOLimits) throws(PacketError) {
        guard message.readableBytes > 0 else { throw .empty }
        var reader = MessagePackReader(message)
        guard case .map(let count) = try Self.next(&reader) else {
            throw .invalidMessagePack(MessagePackError(.kind, offset: 0))
        }
        for _ in 0..<count {
            guard case .string(let name) = try Self.next(&reader) else {
                throw .invalidMessagePack(MessagePackError(.key, offset: reader.offset))
            }
            if reader.isText(name, "data") {
                try self.readPayload(&reader, limits)
            } else if reader.isText(name, "type") {
                self.type = Self.wholeNumber(try Self.next(&reader))
            } else if reader.isText(name, "nsp") {
                try self.readNamespace(&reader, limits)
            } else if reader.isText(name, "id") {
                try self.readAckID(&reader, limits)
            } else {
                try PacketError.of { () throws(MessagePackError) in try reader.skip() }
            }
        }
        guard reader.remaining == 0 else {
            throw .invalidMessagePack(MessagePackError(.trailing, offset: reader.offset))
        }
    }

    /// Reads the map from its JSON.
    init(text message: ByteBuffer, limits: SocketIOLimits) throws(PacketError) {
        guard message.readableBytes > 0 else { throw .empty }
        let object: JSONValue
        do throws(JSONError) {
            // The payload is one level further in than it would be by itself.
            object = try JSONValue(validating: message, maximumDepth: min(limits.maximumDepth, .max - 1) + 1)
        } catch {
            throw .invalidJSON(error)
        }
        self.type = object.member("type")?.intValue.map { Int64($0) }
        if let namespace = object.member("nsp") {
            guard namespace.isString(maximumUTF8Bytes: limits.maximumNamespaceBytes) else {
                throw namespace.kind == .string ? .namespaceTooLong : .invalidNamespace
            }
            self.namespace = namespace.stringValue
        }
        if let id = object.member("id"), id.kind != .null {
            guard let number = id.intValue, number >= 0 else { throw .invalidAckID }
            self.ackID = UInt64(number)
        }
        if let payload = object.member("data"), payload.kind != .null { self.payload = payload.bytes }
    }

    private mutating func readPayload(_ reader: inout MessagePackReader, _ limits: SocketIOLimits) throws(PacketError) {
        var transcoder = MessagePackTranscoder(reader, limits: limits)
        try transcoder.transcode()
        reader = transcoder.reader
        self.attachments = transcoder.attachments
        self.payload = transcoder.isNull ? nil : transcoder.json
    }

    private mutating func readNamespace(
        _ reader: inout MessagePackReader,
        _ limits: SocketIOLimits
    ) throws(PacketError) {
        guard case .string(let range) = try Self.next(&reader) else { throw .invalidNamespace }
        guard range.count <= limits.maximumNamespaceBytes else { throw .namespaceTooLong }
        guard let namespace = try? reader.text(range) else { throw .invalidNamespace }
        self.namespace = namespace
    }

    private mutating func readAckID(_ reader: inout MessagePackReader, _ limits: SocketIOLimits) throws(PacketError) {
        let isUndefined = try PacketError.of { () throws(MessagePackError) in try reader.takeUndefined() }
        let token = isUndefined ? .null : try Self.next(&reader)
        if case .large = token { throw .ackIDTooLong }
        if case .null = token {
            self.ackID = nil
            return
        }
        guard let number = Self.wholeNumber(token), number >= 0 else { throw .invalidAckID }
        var digits = 1
        var rest = number
        while rest >= 10 {
            rest /= 10
            digits += 1
        }
        guard digits <= limits.maximumAckDigits else { throw .ackIDTooLong }
        self.ackID = UInt64(number)
    }

    private static func next(_ reader: inout MessagePackReader) throws(PacketError) -> MessagePackReader.Token {
        try PacketError.of { () throws(MessagePackError) in try reader.next() }
    }

    /// Some encoders know no numbers but doubles, so what counts is the value (`isInteger` of the reference).
    private static func wholeNumber(_ token: MessagePackReader.Token) -> Int64? {
        switch token {
        case .integer(let number): number
        case .double(let number): Int64(exactly: number)
        case .null, .bool, .large, .string, .binary, .array, .map, .extension: nil
        }
    }
}
