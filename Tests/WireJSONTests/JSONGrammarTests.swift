// Licensed under the MIT licence.

import NIOCore
import Testing
import WireJSON

@Suite("JSON grammar")
struct JSONGrammarTests {
    typealias Row = (text: String, kind: JSONValue.Kind)

    @Test(
        "valid values are kept as they came, without the white space around them",
        arguments: [
            ("null", .null), ("true", .bool), ("false", .bool),
            ("0", .number), ("-0", .number), ("7", .number), ("-12", .number), ("1234567890123456789012345", .number),
            ("0.5", .number), ("-0.0", .number), ("10.25", .number), ("1e3", .number), ("1E+3", .number),
            ("1e-3", .number), ("0e0", .number), ("-1.5e300", .number), ("0.000000000000000000000000000001", .number),
            (#""""#, .string), (#""a""#, .string), (#""\"\\\/\b\f\n\r\t\u0041""#, .string), (#""\ud800""#, .string),
            (#""\uD83D\uDE00""#, .string), ("\"\u{7f}\"", .string), ("\"é 日本 😀\"", .string),
            ("[]", .array), ("[ ]", .array), ("[1]", .array), ("[1,2,3]", .array), ("[[],[[]],{}]", .array),
            ("[ 1 , \"a\" , null ]", .array), ("{}", .object), ("{ }", .object), (#"{"a":1}"#, .object),
            (#"{"a":{"b":[1,{"c":null}]},"d":""}"#, .object), (#"{"":0}"#, .object), (#"{"a":1,"a":2}"#, .object),
            (#"{"__proto__":{"x":1}}"#, .object), ("{ \"a\" :\t1 ,\r\n \"b\" : 2 }", .object),
            (#"["message",{"room_id":"room-1","content":"hello","client_id":"abc"}]"#, .array),
        ] as [Row]
    )
    func valid(_ row: Row) throws {
        for (before, after) in [("", ""), (" ", ""), ("", "\n"), ("\t\r\n ", " \t\r\n")] {
            let value = try JSONValue(validating: ByteBuffer(string: before + row.text + after))
            #expect(value.kind == row.kind)
            #expect(String(buffer: value.bytes) == row.text)
        }
    }

    @Test(
        "malformed values name what is wrong and where",
        arguments: [
            ("", .end, 0), ("  ", .end, 2), ("[", .end, 1), ("[1", .end, 2), ("[1,", .end, 3), ("{", .end, 1),
            (#"{"a""#, .end, 4), (#"{"a":"#, .end, 5), (#"{"a":1"#, .end, 6), (#"{"a":1,"#, .end, 7), (#"""#, .end, 1),
            (#""abc"#, .end, 4), (#""\"#, .end, 2), (#""\u00"#, .end, 5), ("-", .end, 1), ("1.", .end, 2),
            ("1e", .end, 2), ("1e+", .end, 3), ("tru", .end, 3), ("n", .end, 1),
            ("]", .syntax, 0), ("}", .syntax, 0), (",", .syntax, 0), (":", .syntax, 0), ("[,]", .syntax, 1),
            ("[1,]", .syntax, 3), ("[1 2]", .syntax, 3), ("[1}", .syntax, 2), ("[1:2]", .syntax, 2), ("{]", .syntax, 1),
            ("{1:2}", .syntax, 1), ("{a:1}", .syntax, 1), ("{'a':1}", .syntax, 1), (#"{"a"}"#, .syntax, 4),
            (#"{"a" 1}"#, .syntax, 5), (#"{"a":}"#, .syntax, 5), (#"{"a":1,}"#, .syntax, 7), (#"{,"a":1}"#, .syntax, 1),
            (#"{"a":1]"#, .syntax, 6), (#"{"a":1 "b":2}"#, .syntax, 7), (#"{"a":1,,"b":2}"#, .syntax, 7),
            (#"{"a"::1}"#, .syntax, 5), ("+1", .syntax, 0), (".5", .syntax, 0), ("Infinity", .syntax, 0),
            ("NaN", .syntax, 0), ("undefined", .syntax, 0), ("'a'", .syntax, 0), ("/**/1", .syntax, 0),
            ("\u{b}1", .syntax, 0), ("\u{a0}1", .syntax, 0),
            ("\u{feff}1", .syntax, 0), ("\u{0}", .syntax, 0), ("[1,\u{c}2]", .syntax, 3),
            ("True", .syntax, 0), ("trUe", .literal, 2), ("nul]", .literal, 3), ("fals ", .literal, 4),
            ("tree", .literal, 2),
            ("01", .number, 1), ("-01", .number, 2), ("00", .number, 1), ("-a", .number, 1), ("--1", .number, 1),
            ("1.e3", .number, 2), ("1.x", .number, 2), ("[1.]", .number, 3), ("1ex", .number, 2),
            ("[1e+]", .number, 4), ("-Infinity", .number, 1), ("1.+2", .number, 2),
            (#""\a""#, .escape, 2), (#""\x41""#, .escape, 2), (#""\'""#, .escape, 2), (#""\U0041""#, .escape, 2),
            (#""\u004g""#, .escape, 6), (#""\u 041""#, .escape, 3), (#""\u12""#, .escape, 5),
            (#""\u-001""#, .escape, 3),
            ("\"\\\n\"", .escape, 2), ("\"\\é\"", .escape, 2),
            ("\"\u{0}\"", .control, 1), ("\"a\nb\"", .control, 2), ("\"\u{1f}\"", .control, 1),
            ("{\"\t\":1}", .control, 2),
            ("1 2", .trailing, 2), ("1,", .trailing, 1), ("[]]", .trailing, 2), ("{}{}", .trailing, 2),
            ("0x10", .trailing, 1),
            ("1.2.3", .trailing, 3), ("nulll", .trailing, 4), (#""a"b"#, .trailing, 3), ("1\u{0}", .trailing, 1),
            ("1_000", .trailing, 1), ("1e5.5", .trailing, 3),
        ] as [(String, JSONError.Code, Int)]
    )
    func malformed(text: String, code: JSONError.Code, offset: Int) {
        #expect(throws: JSONError(code, offset: offset)) {
            try JSONValue(validating: ByteBuffer(string: text))
        }
    }

    @Test("every cut of a valid text is malformed, and says that it ends too soon")
    func everyCut() throws {
        let text = Array(#"{"a":[1.5e+3,"\u00e9x",true,null,{"b":-0,"c":[]}],"d":"x"}"#.utf8)
        _ = try JSONValue(validating: ByteBuffer(bytes: text))
        for count in 0..<text.count {
            #expect(throws: JSONError(.end, offset: count), "cut to \(count) bytes") {
                try JSONValue(validating: ByteBuffer(bytes: text[..<count]))
            }
        }
    }

    @Test("only the readable bytes count, wherever they lie in the buffer's storage")
    func readableBytesOnly() throws {
        var buffer = ByteBuffer(string: "]]]  [1,{\"a\":2}] }}}")
        buffer.moveReaderIndex(forwardBy: 3)
        buffer.moveWriterIndex(to: buffer.writerIndex - 3)
        let value = try JSONValue(validating: buffer)
        #expect(String(buffer: value.bytes) == "[1,{\"a\":2}]")
        #expect(value.elements.map { String(buffer: $0.bytes) } == ["1", "{\"a\":2}"])
        #expect(throws: JSONError(.trailing, offset: 14)) {
            try JSONValue(validating: ByteBuffer(string: "  [1,{\"a\":2}] }"))
        }
    }

    @Test("a buffer without storage is the end of the text")
    func emptyBuffer() {
        #expect(throws: JSONError(.end, offset: 0)) { try JSONValue(validating: ByteBuffer()) }
    }

    @Test("an error describes itself without quoting what was sent")
    func errorDescription() {
        #expect(JSONError(.depth, offset: 64).description == "depth at byte 64")
    }

    @Test("values are equal when their bytes are")
    func equality() throws {
        #expect(try json(" [1,2]") == json("[1,2]\n"))
        #expect(try json("[1,2]") != json("[1, 2]"))
        #expect(try json("1") != json("1.0"))
        #expect(try json("null") == .null)
        #expect(try json("{}") == .emptyObject)
    }

    @Test("a copy has the same bytes in storage of its own")
    func copy() throws {
        let value = try json(#"[{"a":"b"}]"#).elements.first { _ in true }
        let copy = try #require(value?.copied())
        #expect(copy == value)
        #expect(copy.kind == .object)
        #expect(copy.member("a")?.stringValue == "b")
        #expect(copy.bytes.storageCapacity < 64)
    }
}

/// The value that `text` is.
func json(_ text: String) throws -> JSONValue {
    try JSONValue(validating: ByteBuffer(string: text))
}
