// Licensed under the MIT licence.

import NIOCore
import SocketIOTesting
import Testing
import WireJSON

@Suite("JSON and UTF-8")
struct JSONUTF8Tests {
    @Test(
        "the first and last sequence of each length are allowed",
        arguments: [
            [0x7f], [0xc2, 0x80], [0xdf, 0xbf], [0xe0, 0xa0, 0x80], [0xed, 0x9f, 0xbf], [0xee, 0x80, 0x80],
            [0xef, 0xbf, 0xbf], [0xf0, 0x90, 0x80, 0x80], [0xf4, 0x8f, 0xbf, 0xbf],
        ] as [[UInt8]]
    )
    func wellFormed(_ bytes: [UInt8]) throws {
        // At every place relative to the blocks that are looked at together.
        for padding in 0..<40 {
            let content = Array(repeating: UInt8(ascii: "x"), count: padding) + bytes + bytes
            let value = try JSONValue(validating: quoted(content))
            #expect(value.stringValue.map { Array($0.utf8) } == content)
            #expect(value.unicodeScalarCount == padding + 2)
        }
    }

    @Test(
        "ill-formed sequences are refused at their first byte",
        arguments: [
            [0x80], [0xbf],  // continuation without a start
            [0xc0, 0x80], [0xc0, 0xaf], [0xc1, 0xbf],  // overlong
            [0xe0, 0x80, 0x80], [0xe0, 0x9f, 0xbf], [0xf0, 0x80, 0x80, 0x80], [0xf0, 0x8f, 0xbf, 0xbf],
            [0xed, 0xa0, 0x80], [0xed, 0xaf, 0xbf], [0xed, 0xb0, 0x80], [0xed, 0xbf, 0xbf],  // surrogates
            [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80],  // a pair of them (CESU-8)
            [0xf4, 0x90, 0x80, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xf8, 0x88, 0x80, 0x80, 0x80], [0xfe], [0xff],
            [0xc2], [0xc2, 0x41], [0xc2, 0xc2], [0xe1, 0x80], [0xe1, 0x80, 0x41], [0xe1, 0x41, 0x80],
            [0xf1, 0x80, 0x80], [0xf1, 0x80, 0x80, 0x41], [0xf1, 0x80, 0xc0, 0x80],
        ] as [[UInt8]]
    )
    func illFormed(_ bytes: [UInt8]) {
        for padding in 0..<40 {
            let content = Array(repeating: UInt8(ascii: "x"), count: padding) + bytes
            #expect(throws: JSONError(.utf8, offset: padding + 1)) { try JSONValue(validating: quoted(content)) }
            #expect(throws: JSONError(.utf8, offset: padding + 1), "cut off") {
                try JSONValue(validating: ByteBuffer(bytes: [UInt8(ascii: "\"")] + content))
            }
            // In a key as well as in a value, and after other text that is not ASCII.
            let key = Array("{\"é ".utf8) + bytes + Array("\":1}".utf8)
            #expect(throws: JSONError(.utf8, offset: 5)) { try JSONValue(validating: ByteBuffer(bytes: key)) }
        }
    }

    @Test("all two-byte contents, and random longer ones, are judged as the standard library does")
    func agreesWithStandardLibrary() {
        var generator = SeededGenerator()
        print("JSONUTF8Tests seed", generator.seed)
        func check(_ content: [UInt8]) {
            let isText = String(validating: content, as: UTF8.self) != nil
            let value = try? JSONValue(validating: quoted(content))
            #expect((value != nil) == isText, "\(content), seed \(generator.seed)")
        }
        for first in UInt8(0x80)...0xff {
            for second in UInt8(0x60)...0xff { check([first, second]) }
        }
        // Bytes near the borders of the table, where random ones seldom fall.
        let borders: [UInt8] = [
            0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef,
            0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff,
        ]
        for _ in 0..<20_000 {
            let length = Int.random(in: 1...6, using: &generator)
            check((0..<length).map { _ in borders.randomElement(using: &generator) ?? 0 })
        }
    }

    @Test("every scalar survives, as itself and as escapes")
    func everyScalar() throws {
        var content: [UInt8] = []
        var count = 0
        for value in stride(from: UInt32(0x80), through: 0x10ffff, by: 251) {
            guard let scalar = Unicode.Scalar(value) else { continue }
            content += Array(String(scalar).utf8)
            count += 1
            let units = String(scalar).utf16.map { "\\u" + String(UInt32($0) + 0x10000, radix: 16).dropFirst() }
            let escaped = units.joined()
            let decoded = try json("\"\(escaped)\"")
            #expect(decoded.stringValue == String(scalar))
            #expect(decoded.unicodeScalarCount == 1)
            #expect(decoded.stringUTF8Count == String(scalar).utf8.count)
        }
        let value = try JSONValue(validating: quoted(content))
        #expect(value.stringValue.map { Array($0.utf8) } == content)
        #expect(value.unicodeScalarCount == count)
        #expect(value.stringUTF8Count == content.count)
    }

    private func quoted(_ content: [UInt8]) -> ByteBuffer {
        ByteBuffer(bytes: [UInt8(ascii: "\"")] + content + [UInt8(ascii: "\"")])
    }
}
