// Licensed under the MIT licence.

import NIOCore

/// Writes one JSON object, member by member: `{"status":"ok","room_id":"r1"}`.
struct JSONObjectWriter {
    private var sink: JSONSink
    private var isEmpty = true

    private init(_ sink: JSONSink) {
        self.sink = sink
    }

    /// The object whose members `write` writes; it is called twice, as ``JSONSink/buffer(_:)`` says.
    @inline(__always)
    static func object(_ write: (inout JSONObjectWriter) -> Void) -> ByteBuffer {
        JSONSink.buffer { sink in
            sink.literal("{")
            var writer = JSONObjectWriter(sink)
            write(&writer)
            sink = writer.sink
            sink.literal("}")
        }
    }

    mutating func string(_ name: StaticString, _ value: ExactText) {
        self.name(name)
        self.sink.string(value)
    }

    /// A value that has nothing to escape.
    mutating func string(_ name: StaticString, plain value: String) {
        self.string(name, ExactText(value, isPlain: true))
    }

    mutating func integer(_ name: StaticString, _ value: Int) {
        self.name(name)
        self.sink.decimal(value)
    }

    mutating func bool(_ name: StaticString, _ value: Bool) {
        self.name(name)
        self.sink.literal(value ? "true" : "false")
    }

    mutating func timestamp(_ name: StaticString, _ value: Timestamp?) {
        self.name(name)
        self.sink.timestamp(value)
    }

    /// A member whose value is JSON already.
    mutating func raw(_ name: StaticString, _ value: ByteBuffer) {
        self.name(name)
        self.sink.raw(value)
    }

    private mutating func name(_ name: StaticString) {
        self.sink.literal(self.isEmpty ? "\"" : ",\"")
        self.sink.literal(name)
        self.sink.literal("\":")
        self.isEmpty = false
    }
}
