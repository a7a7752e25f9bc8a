// Licensed under the MIT licence.

import NIOCore
import SocketIOCore
import Testing

@Suite struct MessagePackTranscoderTests {
    private func transcode(
        _ bytes: ByteBuffer,
        _ limits: SocketIOLimits = SocketIOLimits()
    ) throws(PacketError) -> MessagePackTranscoder {
        var transcoder = MessagePackTranscoder(MessagePackReader(bytes), limits: limits)
        try transcoder.transcode()
        return transcoder
    }

    @Test(
        "MessagePack becomes the JSON of the same value",
        arguments: [
            ("c0", "null"), ("c3", "true"), ("c2", "false"), ("00", "0"), ("ff", "-1"),
            ("d38000000000000000", "-9223372036854775808"),
            ("cfffffffffffffffff", "18446744073709551615"), ("d0 05", "5"),
            ("cb3ff8000000000000", "1.5"), ("ca3fc00000", "1.5"), ("ca3dcccccd", "0.10000000149011612"),
            ("cb3ff0000000000000", "1.0"), ("cb8000000000000000", "-0.0"), ("cb7e37e43c8800759c", "1e+300"),
            ("cb0000000000000001", "5e-324"), ("cb7ff8000000000000", "null"), ("cbfff0000000000000", "null"),
            ("ca7fc00000", "null"),
            ("a0", #""""#), ("a6c3a9f09f9880", #""é😀""#), ("a9225c2f080c0a0d0900", #""\"\\/\b\f\n\r\t\u0000""#),
            ("d9 03 e2 80 a8", "\"\u{2028}\""),
            ("90", "[]"), ("80", "{}"), ("93 90 91 90 80", "[[],[[]],{}]"), ("dc 00 02 01 02", "[1,2]"),
            ("82 a1 61 01 a1 61 02", #"{"a":1,"a":2}"#), ("81 a9 5f 5f 70 72 6f 74 6f 5f 5f 80", #"{"__proto__":{}}"#),
            ("83 01 c0 ff c0 cf ff ff ff ff ff ff ff ff c0", #"{"1":null,"-1":null,"18446744073709551615":null}"#),
            ("d4 00 00", "null"), ("92 d4 00 00 01", "[null,1]"),
            ("83 a1 61 d4 00 00 a1 62 01 a1 63 d4 00 00", #"{"b":1}"#), ("81 a1 61 d4 00 00", "{}"),
            ("d7 00 00 00 00 df b7 62 9c 00", #""2000-06-13T00:00:00.000Z""#),
            ("d6 ff 39 45 79 80", #""2000-06-13T00:00:00.000Z""#), ("d7 00 7f ff ff ff ff ff ff ff", "null"),
        ]
    )
    func values(_ bytes: String, _ expected: String) throws {
        let transcoder = try self.transcode(ByteBuffer(hexadecimal: bytes))
        #expect(String(buffer: transcoder.json) == expected)
        #expect(transcoder.isNull == (expected == "null"))
        #expect(transcoder.attachments.isEmpty)
        #expect(transcoder.reader.remaining == 0)
    }

    @Test("Bytes become attachments, numbered from left to right")
    func attachments() throws {
        let bytes = ByteBuffer(hexadecimal: "93 81 a1 61 c4 01 01 c7 02 00 02 03 92 c7 01 05 04 c5 00 00")
        let transcoder = try self.transcode(bytes)
        #expect(
            String(buffer: transcoder.json)
                == #"[{"a":{"_placeholder":true,"num":0}},{"_placeholder":true,"num":1},"#
                + #"[[5,{"_placeholder":true,"num":2}],{"_placeholder":true,"num":3}]]"#
        )
        #expect(transcoder.attachments.map { Array($0.readableBytesView) } == [[1], [2, 3], [4], []])
    }

    @Test("Values that follow are left to be read")
    func rest() throws {
        var transcoder = try self.transcode(ByteBuffer(hexadecimal: "91 01 02"))
        #expect(transcoder.reader.remaining == 1)
        try transcoder.transcode()
        #expect(String(buffer: transcoder.json) == "[1]2")
    }

    @Test(
        "What has no place in JSON is refused",
        arguments: [
            ("a2 c3 28", .utf8), ("a3 ed a0 80", .utf8), ("a2 c0 80", .utf8), ("81 a1 ff 01", .utf8),
            ("81 c0 01", .key), ("81 c3 01", .key), ("81 cb 3f f0 00 00 00 00 00 00 01", .key),
            ("81 c4 01 61 01", .key),
            ("81 90 01", .key), ("81 80 01", .key), ("81 d4 00 00 01", .key), ("c1", .reserved), ("91 c1", .reserved),
            ("", .end), ("91", .end), ("81 a1 61", .end), ("81 a1 61 d4 00", .end), ("d5 ff 00 00", .timestamp),
        ] as [(String, MessagePackError.Code)]
    )
    func refused(_ bytes: String, _ code: MessagePackError.Code) {
        let error = #expect(throws: PacketError.self) { try self.transcode(ByteBuffer(hexadecimal: bytes)) }
        guard case .invalidMessagePack(let error) = error else { return #expect(Bool(false), "\(error as Any)") }
        #expect(error.code == code)
    }

    @Test("Depth has a limit", arguments: ["91", "81a0", "dc0001"])
    func depth(_ opening: String) throws {
        let limits = SocketIOLimits(maximumDepth: 3)
        let bytes = { ByteBuffer(hexadecimal: String(repeating: opening, count: $0) + "c0") }
        _ = try self.transcode(bytes(3), limits)
        for depth in [4, 200_000] {
            let error = #expect(throws: PacketError.self) { try self.transcode(bytes(depth), limits) }
            #expect(error?.isLimit == true)
        }
        // The pair that an extension becomes is an array, too.
        let pair = "d5 05 00 00"
        _ = try self.transcode(ByteBuffer(hexadecimal: "91 91" + pair), limits)
        #expect(throws: PacketError.self) { try self.transcode(ByteBuffer(hexadecimal: "91 91 91" + pair), limits) }
    }

    @Test("Attachments have limits in number and bytes")
    func attachmentLimits() throws {
        let limits = SocketIOLimits(maximumAttachments: 2, maximumAttachmentBytes: 3)
        _ = try self.transcode(ByteBuffer(hexadecimal: "92 c4 01 01 c4 02 01 02"), limits)
        #expect(throws: PacketError.attachmentsTooLarge) {
            try self.transcode(ByteBuffer(hexadecimal: "92 c4 02 01 02 c4 02 01 02"), limits)
        }
        #expect(throws: PacketError.tooManyAttachments) {
            try self.transcode(ByteBuffer(hexadecimal: "93 c4 00 c4 00 c4 00"), limits)
        }
    }
}
