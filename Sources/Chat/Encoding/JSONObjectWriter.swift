// Licensed under the MIT licence.

import NIOCore
import WireJSON

/// Writes one JSON object, member by member: `{"status":"ok","room_id":"r1"}`.
struct JSONObjectWriter {
    private var buffer: ByteBuffer
    private var isEmpty = true

    init(capacity: Int = 128) {
        self.buffer = ByteBufferAllocator().buffer(capacity: capacity)
        self.buffer.writeStaticString("{")
    }

    mutating func string(_ name: StaticString, _ value: String) {
        self.name(name)
        self.buffer.writeJSONString(value)
    }

    mutating func integer(_ name: StaticString, _ value: Int) {
        self.name(name)
        self.buffer.writeDecimal(value)
    }

    mutating func bool(_ name: StaticString, _ value: Bool) {
        self.name(name)
        self.buffer.writeStaticString(value ? "true" : "false")
    }

    mutating func timestamp(_ name: StaticString, _ value: Timestamp?) {
        self.name(name)
        guard let value else {
            self.buffer.writeStaticString("null")
            return
        }
        self.buffer.writeStaticString("\"")
        self.buffer.writeTimestamp(value)
        self.buffer.writeStaticString("\"")
    }

    /// A member whose value is JSON already.
    mutating func raw(_ name: StaticString, _ value: ByteBuffer) {
        self.name(name)
        self.buffer.writeImmutableBuffer(value)
    }

    mutating func users(_ name: StaticString, _ users: [UserID]) {
        self.name(name)
        self.buffer.writeStaticString("[")
        var isFirst = true
        for user in users {
            if !isFirst { self.buffer.writeStaticString(",") }
            isFirst = false
            self.buffer.writeJSONString(user.string)
        }
        self.buffer.writeStaticString("]")
    }

    /// The finished object.
    consuming func finish() -> ByteBuffer {
        self.buffer.writeStaticString("}")
        return self.buffer
    }

    private mutating func name(_ name: StaticString) {
        self.buffer.writeStaticString(self.isEmpty ? "\"" : ",\"")
        self.buffer.writeStaticString(name)
        self.buffer.writeStaticString("\":")
        self.isEmpty = false
    }
}
