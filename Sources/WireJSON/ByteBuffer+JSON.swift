// Licensed under the MIT licence.

public import NIOCore

extension ByteBuffer {
    /// Writes `string` as a JSON string, quotes included.
    ///
    /// Escapes what RFC 8259 §7 demands and nothing else, as JavaScript's `JSON.stringify` does: `"`, `\` and control
    /// characters below U+0020 (`\b \t \n \f \r` by letter, the rest as `\u00xx`). The rest is written as UTF-8.
    ///
    /// - Returns: The number of bytes written.
    @discardableResult
    public mutating func writeJSONString(_ string: String) -> Int {
        var string = string
        return string.withUTF8 { self.writeJSONString(trusted: RawBytes(UnsafeRawBufferPointer($0))) }
    }

    /// Writes text given as UTF-8 as a JSON string, quotes included; as ``writeJSONString(_:)``.
    ///
    /// - Parameter utf8: Ill-formed sequences are repaired with U+FFFD, so that what is written is always JSON.
    /// - Returns: The number of bytes written.
    @discardableResult
    public mutating func writeJSONString(utf8: some Collection<UInt8>) -> Int {
        let written = utf8.withContiguousStorageIfAvailable { bytes -> Int? in
            let bytes = RawBytes(UnsafeRawBufferPointer(bytes))
            return UTF8Sequence.isWellFormed(bytes) ? self.writeJSONString(trusted: bytes) : nil
        }
        if case .some(.some(let count)) = written { return count }
        return self.writeJSONString(String(decoding: utf8, as: UTF8.self))
    }

    /// Writes text given as UTF-8 as a JSON string, quotes included, or nothing if it is ill-formed.
    ///
    /// - Returns: The number of bytes written; `nil` if the text is ill-formed.
    package mutating func writeJSONString(validating utf8: UnsafeRawBufferPointer) -> Int? {
        let bytes = RawBytes(utf8)
        return UTF8Sequence.isWellFormed(bytes) ? self.writeJSONString(trusted: bytes) : nil
    }

    /// Writes a value as exactly the bytes it came in.
    ///
    /// - Returns: The number of bytes written.
    @discardableResult
    public mutating func writeJSON(_ value: JSONValue) -> Int {
        self.writeImmutableBuffer(value.bytes)
    }

    /// Writes bytes that are well-formed UTF-8.
    private mutating func writeJSONString(trusted bytes: RawBytes) -> Int {
        let length = bytes.count &+ 2 &+ JSONEscape.extraBytes(bytes)
        return self.writeWithUnsafeMutableBytes(minimumWritableBytes: length) { target in
            let target = UnsafeMutableRawBufferPointer(rebasing: target[..<length])
            target[0] = UInt8(ascii: "\"")
            target[length &- 1] = UInt8(ascii: "\"")
            JSONEscape.copy(bytes, to: UnsafeMutableRawBufferPointer(rebasing: target[1..<length &- 1]))
            return length
        }
    }
}
