// Licensed under the MIT licence.

import NIOCore
import Testing
import WireJSON

@Suite("Writing JSON")
struct ByteBufferJSONTests {
    @Test(
        "strings are written as JSON.stringify does",
        arguments: [
            ("", #""""#), ("abc", #""abc""#), ("\"", #""\"""#), ("\\", #""\\""#), ("/", #""/""#),
            ("\u{8}\u{9}\u{a}\u{c}\u{d}", #""\b\t\n\f\r""#), ("\u{0}\u{1}\u{b}\u{1f}", #""\u0000\u0001\u000b\u001f""#),
            ("\u{7f}é€😀", "\"\u{7f}é€😀\""), ("<script>&'", #""<script>&'""#), ("\u{2028}", "\"\u{2028}\""),
            ("blocks of text, and a \" near the end: \n", #""blocks of text, and a \" near the end: \n""#),
        ] as [(String, String)]
    )
    func strings(text: String, expected: String) {
        var buffer = ByteBuffer(string: "<")
        let count = buffer.writeJSONString(text)
        #expect(String(buffer: buffer) == "<" + expected)
        #expect(count == expected.utf8.count)
        buffer.clear()
        #expect(buffer.writeJSONString(utf8: Array(text.utf8)) == count)
        #expect(buffer.writeJSONString(utf8: text.utf8.reversed().reversed()) == count)
        #expect(buffer.writeJSONString(utf8: ByteBuffer(string: text).readableBytesView) == count)
        #expect(String(buffer: buffer) == expected + expected + expected)
    }

    @Test("every ASCII character is written so that it is read back, at every place in a block")
    func everyASCII() throws {
        for padding in 0..<34 {
            for value in UInt8(0)...0x7f {
                let before = String(repeating: "é", count: padding % 3) + String(repeating: ".", count: padding)
                let text = before + String(Unicode.Scalar(value)) + String(repeating: "\n", count: padding % 2)
                var buffer = ByteBuffer()
                buffer.writeJSONString(text)
                #expect(try JSONValue(validating: buffer).stringValue == text)
            }
        }
    }

    @Test(
        "ill-formed UTF-8 is repaired, so that JSON is written whatever is given",
        arguments: [
            [0xff], [0x61, 0xc3], [0xed, 0xa0, 0x80], [0x22, 0x80, 0x5c], [0xf4, 0x90, 0x80, 0x80, 0x0a],
        ] as [[UInt8]]
    )
    func illFormed(_ bytes: [UInt8]) throws {
        var buffer = ByteBuffer()
        buffer.writeJSONString(utf8: bytes)
        #expect(try JSONValue(validating: buffer).stringValue == String(decoding: bytes, as: UTF8.self))
    }

    @Test("values are written as they came")
    func values() throws {
        let value = try json(#" [1.50, {"b":1,"a":1e2, "b":"\u0041"} ] "#)
        var buffer = ByteBuffer(string: "x")
        #expect(buffer.writeJSON(value) == value.bytes.readableBytes)
        #expect(String(buffer: buffer) == #"x[1.50, {"b":1,"a":1e2, "b":"\u0041"} ]"#)
        #expect(value.bytes.readableBytes > 0, "writing consumes nothing")
    }

    @Test("integers of every width are written in decimal")
    func decimals() {
        var buffer = ByteBuffer()
        func written(_ number: some FixedWidthInteger) -> String {
            buffer.clear()
            let count = buffer.writeDecimal(number)
            #expect(count == buffer.readableBytes)
            return String(buffer: buffer)
        }
        #expect(written(0) == "0")
        #expect(written(-1) == "-1")
        #expect(written(Int.max) == "\(Int.max)")
        #expect(written(Int.min) == "\(Int.min)")
        #expect(written(UInt64.max) == "\(UInt64.max)")
        #expect(written(Int8.min) == "-128")
        #expect(written(UInt8.max) == "255")
        #expect(written(Int128.min) == "\(Int128.min)")
        #expect(written(UInt128.max) == "\(UInt128.max)")
        var power: UInt64 = 1
        for _ in 0..<19 {
            power *= 10
            #expect(written(power) == "\(power)")
            #expect(written(power - 1) == "\(power - 1)")
            #expect(written(-Int64(clamping: power)) == "-\(Int64(clamping: power))")
        }
    }
}
