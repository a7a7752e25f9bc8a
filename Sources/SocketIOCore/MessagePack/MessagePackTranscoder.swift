// Licensed under the MIT licence.

package import NIOCore
import WireJSON

/// Writes MessagePack as the JSON of the same values, while it reads them.
///
/// | MessagePack | JSON |
/// |---|---|
/// | nil, NaN, the infinities, JavaScript's `undefined` | `null`; a member whose value is `undefined` is left out |
/// | integer | its decimal digits |
/// | float of either width | the shortest text that reads as the same double, always with a point or an exponent |
/// | string | string; ill-formed UTF-8 is refused |
/// | `bin`, and the extension that byte arrays of JavaScript travel as | a placeholder for an attachment |
/// | timestamp, JavaScript's `Date` | `"2000-06-13T00:00:00.000Z"`, or `null` beyond what JavaScript can hold |
/// | other extensions | `[type, attachment]`, as notepack.io decodes them |
/// | map | object; integers for keys become strings, other keys are refused |
///
/// Where JavaScript would have to choose, this is what `JSON.stringify` makes of what notepack.io 2.2 decodes; only that a
/// whole float keeps its point (`5.0`), so that it can be a float again. Time is in proportion to the bytes, nothing is
/// recursive, and a byte becomes at most six.
package struct MessagePackTranscoder {
    private struct OpenContainer {
        var isMap: Bool
        /// How many values are still to come.
        var remaining: Int
        var isEmpty = true
    }

    /// Where the bytes come from; stands behind the last value read.
    package private(set) var reader: MessagePackReader
    /// What has been written.
    package private(set) var json: ByteBuffer
    /// What the placeholders stand for, shared with the bytes that came in.
    package private(set) var attachments: [ByteBuffer] = []
    private var attachmentBytes = 0
    private var open: [OpenContainer] = []
    private let limits: SocketIOLimits

    /// Makes a transcoder that goes on where `reader` is; of the limits depth and attachments count.
    package init(_ reader: MessagePackReader, limits: SocketIOLimits) {
        self.reader = reader
        self.limits = limits
        self.json = ByteBufferAllocator().buffer(capacity: reader.remaining + 32)
    }

    /// Whether the JSON is `null`, which nil and JavaScript's `undefined` become.
    package var isNull: Bool {
        self.json.readableBytes == 4 && self.json.getInteger(at: self.json.readerIndex) == UInt8(ascii: "n")
    }

    /// Appends the JSON of the next value.
    package mutating func transcode() throws(PacketError) {
        repeat {
            try self.value(try self.next())
        } while try self.isAtNextValue()
    }

    /// Writes a value, or the beginning of a container.
    private mutating func value(_ token: MessagePackReader.Token) throws(PacketError) {
        switch token {
        case .null: self.json.writeStaticString("null")
        case .bool(let value): self.json.writeStaticString(value ? "true" : "false")
        case .integer(let number): self.json.writeDecimal(number)
        case .large(let number): self.json.writeDecimal(number)
        case .double(let number):
            if number.isFinite {
                self.json.writeString(number.description)
            } else {
                self.json.writeStaticString("null")
            }
        case .string(let range): try self.string(range)
        case .binary(let range): try self.attachment(range)
        case .array(let count): try self.begin(OpenContainer(isMap: false, remaining: count))
        case .map(let count): try self.begin(OpenContainer(isMap: true, remaining: count))
        case .extension(let type, let range, let isFixed): try self.extension(type, range, isFixed)
        }
    }

    /// Closes what ends here, and goes on to where the next value starts; its key is written then.
    ///
    /// - Returns: Whether there is one.
    private mutating func isAtNextValue() throws(PacketError) -> Bool {
        while let top = self.open.indices.last {
            guard self.open[top].remaining > 0 else {
                self.json.writeInteger(self.open[top].isMap ? UInt8(ascii: "}") : UInt8(ascii: "]"))
                self.open.removeLast()
                continue
            }
            self.open[top].remaining -= 1
            guard self.open[top].isMap else {
                self.separate(top)
                return true
            }
            let key = try self.next()
            let isUndefined = try PacketError.of { () throws(MessagePackError) in try self.reader.takeUndefined() }
            if isUndefined { continue }
            self.separate(top)
            try self.key(key)
            return true
        }
        return false
    }

    private mutating func separate(_ top: Int) {
        if !self.open[top].isEmpty { self.json.writeInteger(UInt8(ascii: ",")) }
        self.open[top].isEmpty = false
    }

    private mutating func begin(_ container: OpenContainer) throws(PacketError) {
        try self.checkDepth()
        self.json.writeInteger(container.isMap ? UInt8(ascii: "{") : UInt8(ascii: "["))
        self.open.append(container)
    }

    private func checkDepth() throws(PacketError) {
        guard self.open.count < self.limits.maximumDepth else { throw self.error(.depth) }
    }

    private mutating func key(_ token: MessagePackReader.Token) throws(PacketError) {
        switch token {
        case .string(let range):
            try self.string(range)
        case .integer(let number):
            self.json.writeInteger(UInt8(ascii: "\""))
            self.json.writeDecimal(number)
            self.json.writeInteger(UInt8(ascii: "\""))
        case .large(let number):
            self.json.writeInteger(UInt8(ascii: "\""))
            self.json.writeDecimal(number)
            self.json.writeInteger(UInt8(ascii: "\""))
        case .null, .bool, .double, .binary, .array, .map, .extension:
            throw self.error(.key)
        }
        self.json.writeInteger(UInt8(ascii: ":"))
    }

    private mutating func string(_ range: Range<Int>) throws(PacketError) {
        let bytes = self.reader.bytes
        let count = bytes.withUnsafeReadableBytes {
            self.json.writeJSONString(validating: UnsafeRawBufferPointer(rebasing: $0[range]))
        }
        guard count != nil else { throw .invalidMessagePack(MessagePackError(.utf8, offset: range.lowerBound)) }
    }

    private mutating func attachment(_ range: Range<Int>) throws(PacketError) {
        guard self.attachments.count < self.limits.maximumAttachments else { throw .tooManyAttachments }
        self.attachmentBytes += range.count
        guard self.attachmentBytes <= self.limits.maximumAttachmentBytes else { throw .attachmentsTooLarge }
        BinaryPlaceholders.write(self.attachments.count, into: &self.json)
        self.attachments.append(self.reader.slice(range))
    }

    private mutating func `extension`(
        _ type: Int8,
        _ range: Range<Int>,
        _ isFixed: Bool
    ) throws(PacketError) {
        let meaning = try PacketError.of { () throws(MessagePackError) in
            try self.reader.meaning(ofExtension: type, range, isFixed: isFixed)
        }
        switch meaning {
        case .undefined, .date(nil): self.json.writeStaticString("null")
        case .date(.some(let date)): date.writeJSON(into: &self.json)
        case .binary(let range): try self.attachment(range)
        case .other:
            try self.checkDepth()
            self.json.writeInteger(UInt8(ascii: "["))
            self.json.writeDecimal(type)
            self.json.writeInteger(UInt8(ascii: ","))
            try self.attachment(range)
            self.json.writeInteger(UInt8(ascii: "]"))
        }
    }

    // MARK: Reading

    private mutating func next() throws(PacketError) -> MessagePackReader.Token {
        try PacketError.of { () throws(MessagePackError) in try self.reader.next() }
    }

    private func error(_ code: MessagePackError.Code) -> PacketError {
        .invalidMessagePack(MessagePackError(code, offset: self.reader.offset))
    }
}

extension PacketError {
    /// Runs `body`; what is wrong with MessagePack is wrong with the packet.
    static func of<Result>(_ body: () throws(MessagePackError) -> Result) throws(PacketError) -> Result {
        do throws(MessagePackError) {
            return try body()
        } catch {
            throw .invalidMessagePack(error)
        }
    }
}
