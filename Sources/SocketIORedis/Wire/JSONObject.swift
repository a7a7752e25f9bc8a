// Licensed under the MIT licence.

import NIOCore
import SocketIOCore
import WireJSON

/// A JSON object as it is written, member by member.
struct JSONObject {
    private(set) var json = ByteBuffer()

    init() {
        self.json.writeInteger(UInt8(ascii: "{"))
    }

    /// The whole object.
    var closed: ByteBuffer {
        var json = self.json
        json.writeInteger(UInt8(ascii: "}"))
        return json
    }

    /// The whole object, as MessagePack if it refers to binary data.
    func closed(with attachments: [ByteBuffer]) -> ByteBuffer {
        guard !attachments.isEmpty else { return self.closed }
        var writer = MessagePackWriter(capacity: attachments.reduce(self.json.readableBytes) { $0 + $1.readableBytes })
        writer.write(json: self.closed, attachments: attachments)
        return writer.bytes
    }

    mutating func write(_ name: StaticString, raw value: ByteBuffer) {
        self.name(name)
        self.json.writeImmutableBuffer(value)
    }

    mutating func write(_ name: StaticString, _ value: JSONValue) {
        self.name(name)
        self.json.writeJSON(value)
    }

    mutating func write(_ name: StaticString, _ text: String) {
        self.name(name)
        self.json.writeJSONString(text)
    }

    mutating func write(_ name: StaticString, _ number: some FixedWidthInteger) {
        self.name(name)
        self.json.writeDecimal(number)
    }

    mutating func write(_ name: StaticString, _ value: Bool) {
        self.name(name)
        self.json.writeStaticString(value ? "true" : "false")
    }

    mutating func write(_ name: StaticString, _ object: JSONObject) {
        self.write(name, raw: object.closed)
    }

    /// An array of strings.
    mutating func write(_ name: StaticString, _ texts: some Sequence<String>) {
        self.array(name, texts) { $0.writeJSONString($1) }
    }

    /// An array of values.
    mutating func write(_ name: StaticString, _ values: some Sequence<JSONValue>) {
        self.array(name, values) { $0.writeJSON($1) }
    }

    /// An array of objects.
    mutating func write(_ name: StaticString, _ objects: some Sequence<JSONObject>) {
        self.array(name, objects) { $0.writeImmutableBuffer($1.closed) }
    }

    private mutating func array<Element>(
        _ name: StaticString,
        _ elements: some Sequence<Element>,
        _ write: (inout ByteBuffer, Element) -> Void
    ) {
        self.name(name)
        self.json.writeInteger(UInt8(ascii: "["))
        var isFirst = true
        for element in elements {
            if !isFirst { self.json.writeInteger(UInt8(ascii: ",")) }
            isFirst = false
            write(&self.json, element)
        }
        self.json.writeInteger(UInt8(ascii: "]"))
    }

    private mutating func name(_ name: StaticString) {
        self.json.writeStaticString(self.json.readableBytes > 1 ? ",\"" : "\"")
        self.json.writeStaticString(name)
        self.json.writeStaticString("\":")
    }
}
