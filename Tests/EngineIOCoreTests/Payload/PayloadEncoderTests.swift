// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import Testing

@Suite struct PayloadEncoderTests {
    @Test func `the first binary message turns the text before it binary`() {
        var encoder = PayloadEncoder(revision: .v3)
        encoder.append(.text("€😀"))
        encoder.append(.ping("probe"))
        #expect(encoder.body == ByteBuffer(string: "4:4€😀6:2probe"))
        #expect(!encoder.isBinary)
        encoder.append(.bytes([7]))
        #expect(encoder.isBinary)
        encoder.append(.close)
        let bytes: [UInt8] =
            [0, 8, 255] + Array("4€😀".utf8) + [0, 6, 255] + Array("2probe".utf8) + [1, 2, 255, 4, 7, 0, 1, 255, 0x31]
        #expect(encoder.body == ByteBuffer(bytes: bytes))
    }

    @Test func `lengths of several digits are digit bytes in the binary form`() {
        var encoder = PayloadEncoder(revision: .v3)
        encoder.append(.bytes([UInt8](repeating: 0, count: 1_233)))
        #expect(Array(encoder.body.readableBytesView.prefix(7)) == [1, 1, 2, 3, 4, 255, 4])
    }

    @Test func `the separator stands between packets that were appended one at a time`() {
        var encoder = PayloadEncoder(revision: .v4)
        encoder.append(.text("a"))
        #expect(encoder.body == ByteBuffer(string: "4a"))
        encoder.append(.bytes([]))
        encoder.append(.bytes([1]))
        encoder.append(.noop)
        #expect(encoder.body == ByteBuffer(string: "4a\u{1e}b\u{1e}bAQ==\u{1e}6"))
    }

    @Test func `a buffer handed in is used again`() {
        let old = ByteBuffer(string: String(repeating: "old", count: 100))
        var encoder = PayloadEncoder(revision: .v4, buffer: old)
        #expect(encoder.byteCount == 0)
        encoder.append(.text("new"))
        #expect(encoder.body == ByteBuffer(string: "4new"))
        #expect(old.readableBytes == 300)
    }
}
