// Licensed under the MIT licence.

import NIOCore
import WireJSON

/// Where JSON text is written: twice, once to learn how long it is and once into a buffer of just that length.
///
/// So each payload takes one allocation, none is reserved in vain, and no write has to ask whether there is room left, which
/// for a dozen short pieces costs more than the pieces.
struct JSONSink {
    /// Nil while measuring.
    private let target: UnsafeMutableRawBufferPointer?
    private var count = 0

    private init(_ target: UnsafeMutableRawBufferPointer?) {
        self.target = target
    }

    /// What `write` writes.
    ///
    /// It is called twice and must write the same both times.
    @inline(__always)
    static func buffer(_ write: (inout JSONSink) -> Void) -> ByteBuffer {
        var measure = JSONSink(nil)
        write(&measure)
        let length = measure.count
        var buffer = ByteBufferAllocator().buffer(capacity: length)
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: length) { target in
            var sink = JSONSink(UnsafeMutableRawBufferPointer(rebasing: target[..<length]))
            write(&sink)
            assert(sink.count == length)
            return min(sink.count, length)
        }
        return buffer
    }

    /// Text that is JSON already.
    @inline(__always)
    mutating func literal(_ text: StaticString) {
        self.copy(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Bytes that are JSON already.
    @inline(__always)
    mutating func raw(_ bytes: ByteBuffer) {
        if self.target == nil {
            self.count &+= bytes.readableBytes
        } else {
            bytes.withUnsafeReadableBytes { self.copy($0) }
        }
    }

    /// A string, with quotes around it and escapes where there must be some.
    @inline(__always)
    mutating func string(_ text: ExactText) {
        guard text.isPlain else { return self.escaped(text.string) }
        let length = text.utf8Count &+ 2
        defer { self.count &+= length }
        guard let target, self.count &+ length <= target.count else { return }
        let place = UnsafeMutableRawBufferPointer(rebasing: target[self.count..<self.count &+ length])
        place[0] = UInt8(ascii: "\"")
        place[length &- 1] = UInt8(ascii: "\"")
        var string = text.string
        string.withUTF8 { utf8 in
            UnsafeMutableRawBufferPointer(rebasing: place[1...]).copyMemory(from: UnsafeRawBufferPointer(utf8))
        }
    }

    /// An array of ids.
    mutating func ids(_ ids: [some Identifier]) {
        self.literal("[")
        var isFirst = true
        for id in ids {
            if !isFirst { self.literal(",") }
            isFirst = false
            self.string(id.text)
        }
        self.literal("]")
    }

    /// An integer.
    mutating func decimal(_ number: Int) {
        var length = number < 0 ? 2 : 1
        var rest = number.magnitude
        while rest >= 10 {
            rest /= 10
            length &+= 1
        }
        defer { self.count &+= length }
        guard let target, self.count &+ length <= target.count else { return }
        rest = number.magnitude
        var index = self.count &+ length
        repeat {
            index &-= 1
            target[index] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
        if number < 0 { target[self.count] = UInt8(ascii: "-") }
    }

    /// A moment as a string, or null.
    mutating func timestamp(_ timestamp: Timestamp?) {
        guard let timestamp else { return self.literal("null") }
        self.literal("\"")
        timestamp.withBytes { self.copy($0) }
        self.literal("\"")
    }

    private mutating func escaped(_ string: String) {
        // Rare: nearly no id or name has anything to escape.
        var buffer = ByteBuffer()
        buffer.writeJSONString(string)
        self.raw(buffer)
    }

    @inline(__always)
    private mutating func copy(_ bytes: UnsafeRawBufferPointer) {
        defer { self.count &+= bytes.count }
        guard let target, self.count &+ bytes.count <= target.count else { return }
        UnsafeMutableRawBufferPointer(rebasing: target[self.count...]).copyMemory(from: bytes)
    }
}
