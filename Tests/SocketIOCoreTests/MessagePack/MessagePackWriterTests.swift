// Licensed under the MIT licence.

import NIOCore
import SocketIOCore
import Testing

@Suite struct MessagePackWriterTests {
    @Test(
        "Whole numbers take the shortest form, unsigned unless negative",
        arguments: [
            (0, "00"), (127, "7f"), (128, "cc80"), (255, "ccff"), (256, "cd0100"), (65_535, "cdffff"),
            (65_536, "ce00010000"), (4_294_967_295, "ceffffffff"), (4_294_967_296, "cf0000000100000000"),
            (.max, "cf7fffffffffffffff"), (-1, "ff"), (-32, "e0"), (-33, "d0df"), (-128, "d080"), (-129, "d1ff7f"),
            (-32_768, "d18000"), (-32_769, "d2ffff7fff"), (-2_147_483_648, "d280000000"),
            (-2_147_483_649, "d3ffffffff7fffffff"), (.min, "d38000000000000000"),
        ] as [(Int64, String)]
    )
    func integers(_ number: Int64, _ expected: String) {
        var writer = MessagePackWriter()
        writer.write(number)
        #expect(writer.bytes.hexadecimal == expected)
    }

    @Test("The rest of the scalars")
    func scalars() {
        var writer = MessagePackWriter()
        writer.writeNull()
        writer.write(true)
        writer.write(false)
        writer.write(UInt64.max)
        writer.write(1.5)
        #expect(writer.bytes.hexadecimal == "c0c3c2cfffffffffffffffffcb3ff8000000000000")
    }

    @Test(
        "Strings, binary data, arrays and maps take the shortest header",
        arguments: [
            (0, "a0", "c400", "90", "80"), (15, "af", "c40f", "9f", "8f"), (16, "b0", "c410", "dc0010", "de0010"),
            (31, "bf", "c41f", "dc001f", "de001f"), (32, "d920", "c420", "dc0020", "de0020"),
            (255, "d9ff", "c4ff", "dc00ff", "de00ff"), (256, "da0100", "c50100", "dc0100", "de0100"),
            (65_535, "daffff", "c5ffff", "dcffff", "deffff"),
            (65_536, "db00010000", "c600010000", "dd00010000", "df00010000"),
        ]
    )
    func headers(_ count: Int, _ string: String, _ binary: String, _ array: String, _ map: String) {
        let content = String(repeating: "a", count: count)
        var writer = MessagePackWriter()
        writer.write(content)
        #expect(
            writer.bytes == ByteBuffer(bytes: ByteBuffer(hexadecimal: string).readableBytesView + Array(content.utf8))
        )
        writer = MessagePackWriter()
        writer.write(binary: ByteBuffer(string: content))
        #expect(
            writer.bytes == ByteBuffer(bytes: ByteBuffer(hexadecimal: binary).readableBytesView + Array(content.utf8))
        )
        writer = MessagePackWriter()
        writer.writeArrayHeader(count)
        #expect(writer.bytes.hexadecimal == array)
        writer = MessagePackWriter()
        writer.writeMapHeader(count)
        #expect(writer.bytes.hexadecimal == map)
    }

    /// The second column is what notepack.io 2.2 makes of what `JSON.parse` reads, except for the numbers said to differ.
    @Test(
        "JSON becomes the MessagePack of the same value",
        arguments: [
            ("null", "c0"), ("true", "c3"), ("false", "c2"), (" 7 ", "07"), ("-0", "00"), ("-1", "ff"), ("255", "ccff"),
            ("9007199254740993", "cf0020000000000001"),  // too large for JavaScript
            ("18446744073709551615", "cfffffffffffffffff"), ("-9223372036854775808", "d38000000000000000"),
            ("18446744073709551616", "cb43f0000000000000"),  // notepack: garbled
            ("-9223372036854775809", "cbc3e0000000000000"),
            ("1.5", "cb3ff8000000000000"), ("1.0", "cb3ff0000000000000"),  // notepack: 01
            ("1e3", "cb408f400000000000"),  // notepack: cd03e8
            ("-0.0", "cb8000000000000000"), ("1e400", "cb7ff0000000000000"), ("5e-324", "cb0000000000000001"),
            (#""""#, "a0"), (#""a""#, "a161"), (#""é😀""#, "a6c3a9f09f9880"),
            (#""\u00e9\ud83d\ude00""#, "a6c3a9f09f9880"),
            (#""\"\\\/\b\f\n\r\t\u0000""#, "a9225c2f080c0a0d0900"), (#""\ud800""#, "a3efbfbd"),
            ("[]", "90"), ("{}", "80"), ("[ ]", "90"), ("{ }", "80"), ("[1]", "9101"), ("[1,2]", "920102"),
            ("[[],[[]],{}]", "93909190" + "80"), (#"{"a":1}"#, "81a16101"),
            (#"{"a":{"b":[1,{"c":null}]},"d":"}"}"#, "82a16181a1629201" + "81a163c0" + "a164a17d"),
            (#"{"a":1,"a":2}"#, "82a16101a16102"), (#"{"\u0061":1}"#, "81a16101"),
            (#"{"_placeholder":true,"num":0}"#, "82ac5f706c616365686f6c646572c3a36e756d00"),
            ("[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15]", "dc0010000102030405060708090a0b0c0d0e0f"),
            ("", ""), ("1,[2],3", "01910203"),
        ]
    )
    func json(_ json: String, _ expected: String) {
        var writer = MessagePackWriter()
        writer.write(json: ByteBuffer(string: json))
        #expect(writer.bytes.hexadecimal == expected)
    }

    @Test(
        "Values joined by commas become one array",
        arguments: [
            ("", "90", "91a161"), ("1", "9101", "92a16101"),
            ("[1,2],{\"a\":[3,4]},5", "93920102" + "81a161920304" + "05", nil),
        ] as [(String, String, String?)]
    )
    func array(_ json: String, _ expected: String, _ named: String?) {
        var writer = MessagePackWriter()
        writer.writeArray(json: ByteBuffer(string: json))
        #expect(writer.bytes.hexadecimal == expected)
        guard let named else { return }
        writer = MessagePackWriter()
        writer.writeArray(beginningWith: "a", json: ByteBuffer(string: json))
        #expect(writer.bytes.hexadecimal == named)
    }

    @Test(
        "Placeholders become the attachments they refer to",
        arguments: [
            (#"{"_placeholder":true,"num":0}"#, "c4020102"), (#"[{"_placeholder":true,"num":1},7]"#, "92c4010307"),
            (#"{"x":[{"y":[]}],"num":0,"_placeholder":true},8"#, "c402010208"),
            (#"{"num":1,"\u005fplaceholder":true,"num":0}"#, "c4020102"),
            (#"{"_placeholder":false,"num":0}"#, "82ac5f706c616365686f6c646572c2a36e756d00"),
            (#"{"_placeholder":true,"num":2}"#, "82ac5f706c616365686f6c646572c3a36e756d02"),
            (#"{"_placeholder":true}"#, "81ac5f706c616365686f6c646572c3"),
            (#"{"num":0}"#, "81a36e756d00"),
            (
                #"{"a":{"_placeholder":true,"num":0},"b":[{"num":1,"_placeholder":true}],"c":{}}"#,
                "83a161c4020102a16291c40103a16380"
            ),
        ]
    )
    func placeholders(_ json: String, _ expected: String) {
        var writer = MessagePackWriter()
        let attachments = [ByteBuffer(bytes: [1, 2]), ByteBuffer(bytes: [3])]
        writer.write(json: ByteBuffer(string: json), attachments: attachments)
        #expect(writer.bytes.hexadecimal == expected)
    }

    @Test("Only the readable bytes of a buffer are written")
    func readableBytes() {
        var json = ByteBuffer(string: "xx[1,\"\\n\"]yy")
        json.moveReaderIndex(forwardBy: 2)
        json.moveWriterIndex(to: json.writerIndex - 2)
        var writer = MessagePackWriter()
        writer.write(json: json)
        #expect(writer.bytes.hexadecimal == "9201a10a")
    }
}
