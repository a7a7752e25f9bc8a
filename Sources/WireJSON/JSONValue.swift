// Licensed under the MIT licence.

public import NIOCore

/// A JSON value kept as exactly the bytes it came in, so that numbers, key order, duplicate keys and escapes survive.
///
/// A value can only be made from bytes that ``init(validating:maximumDepth:)`` has read to the end, or be a part of
/// such a value; everything that walks it relies on that. It shares the storage of the buffer it came in: one that is
/// kept for long should be ``copied()``. Two values are equal when their bytes are: `1` and `1.0` differ.
public struct JSONValue: Sendable {
    /// The six kinds of value (RFC 8259 §3).
    public enum Kind: UInt8, Sendable {
        /// `null`.
        case null
        /// `true` or `false`.
        case bool
        /// A number of any size and precision.
        case number
        /// A string.
        case string
        /// An array.
        case array
        /// An object.
        case object
    }

    /// How deep arrays and objects may nest unless the caller says otherwise; `[]` and `{}` are 1 deep.
    public static let defaultMaximumDepth = 64

    /// The value `null`.
    public static let null = JSONValue(unchecked: ByteBuffer(staticString: "null"), kind: .null)

    /// The value `{}`.
    public static let emptyObject = JSONValue(unchecked: ByteBuffer(staticString: "{}"), kind: .object)

    /// Which of the six kinds this is.
    public let kind: Kind

    /// The value's own bytes, without white space around them.
    public let bytes: ByteBuffer

    /// See ``JSONScanner/Found/lastElement``.
    ///
    /// Known of what was validated as a whole, where it saves most: a packet's arguments are walked without looking
    /// through the last, which is often the only one.
    let lastElement: UInt32

    /// Reads one value: RFC 8259's grammar, well-formed UTF-8, no deeper than `maximumDepth`, nothing after it.
    ///
    /// White space around the value is allowed and dropped; a byte order mark is not allowed. Duplicate keys are
    /// allowed (see ``member(_:)``), and so are escapes of lone surrogates (see ``stringValue``), as in JavaScript's
    /// `JSON.parse`. Time is in proportion to the number of bytes; nothing is recursive.
    ///
    /// - Parameters:
    ///   - bytes: The readable bytes are read; the buffer is shared, not copied.
    ///   - maximumDepth: How deep arrays and objects may nest; 0 allows neither.
    /// - Throws: The first thing that is wrong, reading from the left.
    public init(validating bytes: ByteBuffer, maximumDepth: Int = JSONValue.defaultMaximumDepth) throws(JSONError) {
        let found = try bytes.withUnsafeReadableBytes { buffer throws(JSONError) -> JSONScanner.Found in
            var validator = JSONValidator(RawBytes(buffer), maximumDepth: maximumDepth)
            return try validator.validate()
        }
        self.init(found, in: bytes)
    }

    /// A value that the validator or the scanner has found in the readable bytes of `buffer`.
    @inline(__always)
    init(_ found: JSONScanner.Found, in buffer: ByteBuffer) {
        let start = buffer.readerIndex &+ found.range.lowerBound
        guard let bytes = buffer.getSlice(at: start, length: found.range.upperBound &- found.range.lowerBound) else {
            // What was found lies inside the buffer; were that ever wrong, it must not take the process down.
            assertionFailure("range outside the buffer")
            self = .null
            return
        }
        self.init(unchecked: bytes, kind: found.kind, lastElement: UInt32(clamping: found.lastElement))
    }

    /// Bytes that are known to hold one valid value of `kind` and nothing else.
    init(unchecked bytes: ByteBuffer, kind: Kind, lastElement: UInt32 = 0) {
        self.bytes = bytes
        self.kind = kind
        self.lastElement = lastElement
    }
}

extension JSONValue {
    /// The same value in storage of its own, so that the buffer it came in can be freed.
    public func copied() -> JSONValue {
        var bytes = ByteBuffer()
        bytes.writeBytes(self.bytes.readableBytesView)
        return JSONValue(unchecked: bytes, kind: self.kind, lastElement: self.lastElement)
    }
}

extension JSONValue: Equatable {
    /// Whether both are the same bytes.
    public static func == (left: JSONValue, right: JSONValue) -> Bool {
        left.bytes == right.bytes
    }
}

extension JSONValue: CustomDebugStringConvertible {
    /// The value's bytes as text.
    ///
    /// For tests and debuggers; what a peer sent does not belong in a log.
    public var debugDescription: String { String(buffer: self.bytes) }
}

extension JSONValue.Kind {
    /// The kind of the valid value that starts with this byte.
    @inline(__always)
    init(firstByte: UInt8) {
        switch firstByte {
        case UInt8(ascii: "\""): self = .string
        case UInt8(ascii: "{"): self = .object
        case UInt8(ascii: "["): self = .array
        case UInt8(ascii: "n"): self = .null
        case UInt8(ascii: "t"), UInt8(ascii: "f"): self = .bool
        default: self = .number
        }
    }
}
