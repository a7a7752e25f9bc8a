// Licensed under the MIT licence.

public import NIOCore

/// One value of RESP2 or RESP3, as the server sent it.
///
/// Strings are views over the bytes that were received, so a value is cheap to make and to hand on. It keeps the buffer it was
/// received in alive, which may be larger than itself: what is to be held for long is better copied.
///
/// RESP2 has fewer types than RESP3, so that the same answer may come as a map or as a flat array, as a double or as a
/// string. The properties (``text``, ``number``, ``entries``…) read either form.
public enum RESPValue: Sendable, Hashable {
    /// A short string without line ends, `+OK`.
    case simpleString(ByteBuffer)
    /// A string of any bytes, `$2 hi`.
    case bulkString(ByteBuffer)
    /// A string that says how it is to be shown, `=6 txt:hi`; the format has three letters and is not part of the bytes.
    case verbatimString(format: String, ByteBuffer)
    /// An error without line ends, `-ERR no`.
    case simpleError(ByteBuffer)
    /// An error of any bytes, `!6 ERR no` (RESP3).
    case bulkError(ByteBuffer)
    /// A number, `:1`.
    case integer(Int)
    /// A floating point number, `,1.5` (RESP3); it may be infinite or not a number.
    case double(Double)
    /// A truth value, `#t` (RESP3).
    case boolean(Bool)
    /// A number of any size as its digits, `(123` (RESP3).
    case bigNumber(ByteBuffer)
    /// Nothing, `_` in RESP3, `$-1` or `*-1` in RESP2.
    case null
    /// Values in order, `*2 …`.
    case array([RESPValue])
    /// Values whose order means nothing, `~2 …` (RESP3), in the order in which they came.
    case set([RESPValue])
    /// Keys and values, `%1 …` (RESP3), in the order in which they came; nobody has looked for duplicates.
    case map([RESPEntry])
    /// What was not asked for, `>3 …` (RESP3 "Push type").
    case push([RESPValue])
    /// A value with what the server says about it, `|1 …` before the value (RESP3 "Attribute type").
    indirect case attributed([RESPEntry], RESPValue)
}

/// A key of a map with its value.
public struct RESPEntry: Sendable, Hashable {
    /// The key; of any type.
    public var key: RESPValue
    /// The value.
    public var value: RESPValue

    /// Makes an entry.
    ///
    /// - Parameters:
    ///   - key: The key.
    ///   - value: The value.
    public init(key: RESPValue, value: RESPValue) {
        self.key = key
        self.value = value
    }
}

extension RESPValue {
    /// The value without its attributes.
    public var plain: RESPValue {
        var value = self
        while case .attributed(_, let inner) = value { value = inner }
        return value
    }

    /// Whether it is nothing.
    public var isNull: Bool {
        self.plain == .null
    }

    /// Whether it is an error of either form.
    public var isError: Bool {
        switch self.plain {
        case .simpleError, .bulkError: true
        default: false
        }
    }

    /// The bytes of a string of any form, or of a big number; `nil` for all else, errors too.
    public var bytes: ByteBuffer? {
        switch self.plain {
        case .simpleString(let bytes), .bulkString(let bytes), .verbatimString(_, let bytes), .bigNumber(let bytes):
            bytes
        default: nil
        }
    }

    /// The text of a string of any form, or of a big number; ill-formed UTF-8 is repaired.
    public var text: String? {
        self.bytes.map { String(buffer: $0) }
    }

    /// An integer, or a string that is one.
    public var number: Int? {
        switch self.plain {
        case .integer(let number): number
        case .boolean(let flag): flag ? 1 : 0
        default: self.text.flatMap { Int($0) }
        }
    }

    /// A double or an integer, or a string that is one.
    public var floatingPoint: Double? {
        switch self.plain {
        case .double(let number): number
        case .integer(let number): Double(number)
        default: self.text.flatMap { Double($0) }
        }
    }

    /// A truth value; RESP2 says it as `1` or `0`.
    public var flag: Bool? {
        switch self.plain {
        case .boolean(let flag): flag
        case .integer(1): true
        case .integer(0): false
        default: nil
        }
    }

    /// The values of an array, set or push.
    public var elements: [RESPValue]? {
        switch self.plain {
        case .array(let elements), .set(let elements), .push(let elements): elements
        default: nil
        }
    }

    /// The keys and values of a map, or of an array in which they take turns.
    public var entries: [RESPEntry]? {
        switch self.plain {
        case .map(let entries):
            return entries
        case .array(let elements) where elements.count.isMultiple(of: 2):
            return stride(from: 0, to: elements.count, by: 2).map {
                RESPEntry(key: elements[$0], value: elements[$0 + 1])
            }
        default:
            return nil
        }
    }

    /// Finds the value of a key in a map, or in an array in which keys and values take turns.
    ///
    /// - Parameter key: The key's text.
    public subscript(key: String) -> RESPValue? {
        self.entries?.first { $0.key.text == key }?.value
    }
}
