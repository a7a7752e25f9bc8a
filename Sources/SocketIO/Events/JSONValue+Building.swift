// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import WireJSON

extension JSONValue {
    /// JSON that this library wrote itself.
    private init(trusted bytes: ByteBuffer) {
        // What we write is valid; should it ever not be, the client gets null instead of a trap. How deep it may be was
        // decided when it came in.
        self = (try? JSONValue(validating: bytes, maximumDepth: .max)) ?? .null
    }

    /// The same value in a buffer of its own size.
    var compacted: JSONValue {
        JSONValue(trusted: ByteBuffer(bytes: self.bytes.readableBytesView))
    }

    /// Values that stand joined by commas; none if they are not JSON.
    static func list(joined values: ByteBuffer) -> [JSONValue] {
        var json = ByteBufferAllocator().buffer(capacity: values.readableBytes + 2)
        json.writeInteger(UInt8(ascii: "["))
        json.writeImmutableBuffer(values)
        json.writeInteger(UInt8(ascii: "]"))
        return Array(JSONValue(trusted: json).elements)
    }

    /// An object of these members.
    static func object(_ members: [(name: String, value: JSONValue)]) -> JSONValue {
        var json = ByteBuffer()
        json.writeInteger(UInt8(ascii: "{"))
        for (index, member) in members.enumerated() {
            if index > 0 { json.writeInteger(UInt8(ascii: ",")) }
            json.writeJSONString(member.name)
            json.writeInteger(UInt8(ascii: ":"))
            json.writeJSON(member.value)
        }
        json.writeInteger(UInt8(ascii: "}"))
        return JSONValue(trusted: json)
    }

    /// A string.
    static func string(_ text: String) -> JSONValue {
        var json = ByteBuffer()
        json.writeJSONString(text)
        return JSONValue(trusted: json)
    }

    /// A whole number.
    static func number(_ number: Int64) -> JSONValue { JSONValue(trusted: ByteBuffer(string: String(number))) }

    /// `true` or `false`.
    static func bool(_ value: Bool) -> JSONValue { JSONValue(trusted: ByteBuffer(string: value ? "true" : "false")) }

    /// An array of these elements.
    static func array(_ elements: [JSONValue]) -> JSONValue {
        var json = ByteBuffer()
        json.writeInteger(UInt8(ascii: "["))
        for (index, element) in elements.enumerated() {
            if index > 0 { json.writeInteger(UInt8(ascii: ",")) }
            json.writeJSON(element)
        }
        json.writeInteger(UInt8(ascii: "]"))
        return JSONValue(trusted: json)
    }

    /// A query as an object of strings: `token=a` is `{"token":"a"}`.
    ///
    /// Of repeated names the last counts.
    static func object(ofStrings query: String?) -> JSONValue {
        guard let query, let parsed = try? HandshakeQuery(query.utf8), !parsed.parameters.isEmpty else {
            return .emptyObject
        }
        return .object(parsed.parameters.map { (name: $0.name, value: .string($0.value)) })
    }
}
