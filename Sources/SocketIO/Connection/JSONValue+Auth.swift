// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import WireJSON

extension JSONValue {
    /// The empty object.
    static let emptyObject = JSONValue(trusted: ByteBuffer(string: "{}"))

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

    /// A query as an object of strings: `token=a` is `{"token":"a"}`.
    ///
    /// Of repeated names the last counts.
    static func object(ofStrings query: String?) -> JSONValue {
        guard let query, let parsed = try? HandshakeQuery(query.utf8), !parsed.parameters.isEmpty else {
            return .emptyObject
        }
        var json = ByteBuffer()
        json.writeInteger(UInt8(ascii: "{"))
        for (index, parameter) in parsed.parameters.enumerated() {
            if index > 0 { json.writeInteger(UInt8(ascii: ",")) }
            json.writeJSONString(parameter.name)
            json.writeInteger(UInt8(ascii: ":"))
            json.writeJSONString(parameter.value)
        }
        json.writeInteger(UInt8(ascii: "}"))
        return JSONValue(trusted: json)
    }
}
