// Licensed under the MIT licence.

import NIOCore
import Testing
import WireJSON

@Suite("JSON strings")
struct JSONStringTests {
    @Test(
        "escapes are decoded",
        arguments: [
            (#""""#, ""), (#""abc""#, "abc"), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"), (#""\u0041""#, "A"),
            (#""\u00e9\u00E9é""#, "ééé"), (#""a\u0000b""#, "a\u{0}b"), (#""\u20ac""#, "€"), (#""\ud83d\ude00""#, "😀"),
            (#""\uD83D\uDE00!""#, "😀!"), (#""\\u0041""#, "\\u0041"), (#""\\\\n""#, "\\\\n"), (#""\\\n""#, "\\\n"),
            (#""x\uffffy""#, "x\u{ffff}y"), (#""\/\/""#, "//"), (#""\u005c\u0022""#, "\\\""),
            (#""a rather long text before \n and more after it""#, "a rather long text before \n and more after it"),
            // Half of a surrogate pair.
            (#""\ud800""#, "\u{fffd}"), (#""\udc00""#, "\u{fffd}"), (#""a\ud83db""#, "a\u{fffd}b"),
            (#""\ud83d\ud83d\ude00""#, "\u{fffd}😀"), (#""\ude00\ud83d""#, "\u{fffd}\u{fffd}"),
            (#""\ud83d\n\ude00""#, "\u{fffd}\n\u{fffd}"), (#""\ud83d\u0041""#, "\u{fffd}A"),
            (#""\ud83dude00""#, "\u{fffd}ude00"), (#""\udbff\udfff""#, "\u{10ffff}"),
            (#""\ud83d\\ude00""#, "\u{fffd}\\ude00"),
        ] as [(String, String)]
    )
    func decoding(text: String, expected: String) throws {
        let value = try json(text)
        #expect(value.stringValue.map { Array($0.unicodeScalars) } == Array(expected.unicodeScalars))
        #expect(value.unicodeScalarCount == expected.unicodeScalars.count)
        #expect(value.stringUTF8Count == expected.utf8.count)
        #expect(value.isString(expected))
        #expect(!value.isString(expected + "x"))
        #expect(expected.isEmpty || !value.isString(String(expected.unicodeScalars.dropLast())))
        #expect(!value.isString(expected + "\u{0}"))
        let count = expected.unicodeScalars.count
        #expect(value.isString(maximumUnicodeScalars: count))
        #expect(!value.isString(maximumUnicodeScalars: count - 1))
        #expect(value.isString(maximumUTF8Bytes: expected.utf8.count))
        #expect(!value.isString(maximumUTF8Bytes: expected.utf8.count - 1))
    }

    @Test("a text is compared by its bytes, not by what it looks like")
    func comparison() throws {
        #expect(try json(#""\u0061bc""#).isString("abc"))
        #expect(try !json(#""\u0061bc""#).isString(#"\u0061bc"#))
        #expect(try !json(#""a\\b""#).isString(#"a\\b"#))
        #expect(try json(#""a\\b""#).isString(#"a\b"#))
        #expect(try !json("\"e\u{301}\"").isString("\u{e9}"))
        #expect(try json("\"e\u{301}\"").isString("e\u{301}"))
        #expect(try !json(#""\ud800""#).isString("?"))
        for length in 0..<70 {
            let text = String(repeating: "a", count: length)
            #expect(try json("\"\(text)\"").isString(text))
            #expect(try !json("\"\(text)b\"").isString(text + "c"))
            #expect(try !json("\"b\(text)\"").isString("c" + text))
            #expect(try json("\"\(text)\\u0062\"").isString(text + "b"))
            #expect(try !json("\"\(text)\\u0062\"").isString(text + "c"))
        }
    }

    @Test(
        "what is not a string has no text",
        arguments: ["null", "true", "1", "[]", "{}", #"["a"]"#, #"{"a":"b"}"#]
    )
    func notAString(text: String) throws {
        let value = try json(text)
        #expect(value.stringValue == nil)
        #expect(value.unicodeScalarCount == nil)
        #expect(value.stringUTF8Count == nil)
        #expect(!value.isBlankString)
        #expect(!value.isString(""))
        #expect(!value.isString(text))
        #expect(!value.isString(maximumUnicodeScalars: 100))
        #expect(!value.isString(maximumUTF8Bytes: 100))
    }

    static let whiteSpace: [UInt32] =
        Array(0x09...0x0d) + [0x20, 0x85, 0xa0, 0x1680] + Array(0x2000...0x200a)
        + [0x2028, 0x2029, 0x202f, 0x205f, 0x3000]

    @Test("blank is what has nothing but Unicode white space, escaped or not")
    func blank() throws {
        #expect(try json(#""""#).isBlankString)
        var all = ""
        for value in UInt32(0)...0x3100 {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let isWhiteSpace = Self.whiteSpace.contains(value)
            #expect(scalar.properties.isWhitespace == isWhiteSpace, "the standard library's table")
            let escaped = "\\u" + String(value + 0x10000, radix: 16).dropFirst()
            #expect(try json("\"\(escaped)\"").isBlankString == isWhiteSpace, "U+\(String(value, radix: 16))")
            guard value >= 0x20, value != 0x22, value != 0x5c else { continue }
            #expect(try json("\"\(scalar)\"").isBlankString == isWhiteSpace, "U+\(String(value, radix: 16))")
            #expect(try json("\"  \(scalar)\"").isBlankString == isWhiteSpace, "U+\(String(value, radix: 16))")
            if isWhiteSpace { all.unicodeScalars.append(scalar) }
        }
        #expect(try json("\"\(all)\\n\\t \(all)\"").isBlankString)
        #expect(try !json("\"\(all)\\n\\t \(all).\"").isBlankString)
        #expect(try !json("\"\(all)\\n\\t\\u200b \(all)\"").isBlankString)
        #expect(try !json(#""\ud800""#).isBlankString)
        #expect(try !json(#""\\n""#).isBlankString)
    }

    @Test("long texts are counted right at every length")
    func counts() throws {
        for length in 0..<100 {
            for unit in ["a", "é", "日", "😀", "\\n", "a\\u00e9", "x😀"] {
                let value = try json("\"\(String(repeating: unit, count: length))\"")
                let text = try #require(value.stringValue)
                #expect(value.unicodeScalarCount == text.unicodeScalars.count)
                #expect(value.stringUTF8Count == text.utf8.count)
            }
        }
    }
}
