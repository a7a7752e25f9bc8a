// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import SocketIOCore
import Testing
import WireJSON

/// Messages that are not packets, and the exact error for each.
@Suite struct MalformedPacketTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var wire: [Message]
        var error: PacketError
        var revisions: [ProtocolRevision]

        init(_ wire: Message..., error: PacketError, in revisions: [ProtocolRevision] = [.v3, .v4]) {
            self.wire = wire
            self.error = error
            self.revisions = revisions
        }

        var testDescription: String { String("\(self.wire) \(self.error)".prefix(120)) }
    }

    static let types: [Row] = [
        Row("", error: .empty),
        Row("7", error: .unknownType(0x37)),
        Row("/", error: .unknownType(0x2f)),
        Row(":", error: .unknownType(0x3a)),
        Row("abc", error: .unknownType(0x61)),
        Row(" 2[\"a\"]", error: .unknownType(0x20)),
        Row("-1", error: .unknownType(0x2d)),
        Row("\0", error: .unknownType(0)),
        Row("é", error: .unknownType(0xc3)),
    ]

    static let attachmentCounts: [Row] = [
        Row("5", error: .invalidAttachmentCount),
        Row("51", error: .invalidAttachmentCount),
        Row("5-[\"a\"]", error: .invalidAttachmentCount),
        Row("5[\"a\"]", error: .invalidAttachmentCount),
        Row("50-[\"a\"]", error: .invalidAttachmentCount),
        Row("501-[\"a\"]", error: .invalidAttachmentCount),
        Row("5-1-[\"a\"]", error: .invalidAttachmentCount),
        Row("5+1-[\"a\"]", error: .invalidAttachmentCount),
        Row("5 1-[\"a\"]", error: .invalidAttachmentCount),
        Row("51.5-[\"a\"]", error: .invalidAttachmentCount),
        Row("51e0-[\"a\"]", error: .invalidAttachmentCount),
        Row("50x1-[\"a\"]", error: .invalidAttachmentCount),
        Row("5x-[\"a\"]", error: .invalidAttachmentCount),
        Row("6\u{664}-[\"a\"]", error: .invalidAttachmentCount),
        Row("511-[\"a\"]", error: .tooManyAttachments),
        Row("5100-[\"a\"]", error: .tooManyAttachments),
        Row("59223372036854775808-[\"a\"]", error: .tooManyAttachments),
        Row(.text("5" + String(repeating: "9", count: 400) + "-[\"a\"]"), error: .tooManyAttachments),
        Row("611-1[\"a\"]", error: .tooManyAttachments),
    ]

    static let namespacesAndIDs: [Row] = [
        Row(.text("0/" + String(repeating: "n", count: 128) + ","), error: .namespaceTooLong),
        Row(.text("2/" + String(repeating: "n", count: 50_000)), error: .namespaceTooLong),
        Row(.text("0/a?" + String(repeating: "n", count: 126) + ","), error: .namespaceTooLong),
        Row("2admin,[\"a\"]", error: .invalidPayload),
        Row("2abc[\"a\"]", error: .invalidPayload),
        Row("2-1[\"a\"]", error: .invalidPayload),
        Row("2+1[\"a\"]", error: .invalidPayload),
        Row("2 1[\"a\"]", error: .invalidPayload),
        Row("21 [\"a\"]", error: .invalidPayload),
        Row("21.5[\"a\"]", error: .invalidPayload),
        Row("21e3[\"a\"]", error: .invalidPayload),
        Row("2\u{661}[\"a\"]", error: .invalidPayload),
        Row("210000000000000000[\"a\"]", error: .ackIDTooLong),
        Row(.text("2" + String(repeating: "0", count: 17) + "[\"a\"]"), error: .ackIDTooLong),
        Row(.text("3" + String(repeating: "9", count: 400) + "[]"), error: .ackIDTooLong),
        Row("3[]", error: .missingAckID),
        Row("3", error: .missingAckID),
        Row("61-[{\"_placeholder\":true,\"num\":0}]", error: .missingAckID),
        Row("01", error: .unexpectedAckID),
        Row("1/a,1", error: .unexpectedAckID),
        Row("41{\"message\":\"\"}", error: .unexpectedAckID),
    ]

    static let payloads: [Row] = [
        Row("2", error: .missingPayload),
        Row("212", error: .missingPayload),
        Row("2/a,", error: .missingPayload),
        Row("2/a[\"b\"]", error: .missingPayload),
        Row("51-", error: .missingPayload),
        Row("61-1", error: .missingPayload),
        Row("312", error: .missingPayload, in: [.v4]),
        Row("4", error: .missingPayload, in: [.v4]),
        Row("1{}", error: .unexpectedPayload),
        Row("1\"a\"", error: .unexpectedPayload),
        Row("1 ", error: .unexpectedPayload),
        Row("0{}", error: .unexpectedPayload, in: [.v3]),
        Row("0/a?b=c,d", error: .unexpectedPayload, in: [.v3]),
        Row("0[]", error: .invalidPayload, in: [.v4]),
        Row("0null", error: .invalidPayload, in: [.v4]),
        Row("0\"a\"", error: .invalidPayload, in: [.v4]),
        Row("0true", error: .invalidPayload, in: [.v4]),
        Row("0 {}", error: .invalidPayload, in: [.v4]),
        Row("2{}", error: .invalidPayload),
        Row("2\"a\"", error: .invalidPayload),
        Row("2null", error: .invalidPayload),
        Row("2 [\"a\"]", error: .invalidPayload),
        Row("312{}", error: .invalidPayload),
        Row("312\"a\"", error: .invalidPayload),
        Row("4[]", error: .invalidPayload, in: [.v4]),
        Row("4null", error: .invalidPayload, in: [.v4]),
        Row("2[\"a\"", error: .invalidJSON(JSONError(.end, offset: 4))),
        Row("2[\"a\"]x", error: .invalidJSON(JSONError(.trailing, offset: 5))),
        Row("2[\"a\"][]", error: .invalidJSON(JSONError(.trailing, offset: 5))),
        Row("2[\"a\",NaN]", error: .invalidJSON(JSONError(.syntax, offset: 5))),
        Row("2[\"\u{1}\"]", error: .invalidJSON(JSONError(.control, offset: 2))),
        Row("2[\"\\x\"]", error: .invalidJSON(JSONError(.escape, offset: 3))),
        Row("0{\"a\":", error: .invalidJSON(JSONError(.end, offset: 5)), in: [.v4]),
        Row("4/a,text", error: .invalidJSON(JSONError(.literal, offset: 1)), in: [.v3]),
    ]

    static let eventNames: [Row] = [
        Row("2[]", error: .invalidEventName),
        Row("2[ ]", error: .invalidEventName),
        Row("2[null]", error: .invalidEventName),
        Row("2[true,\"a\"]", error: .invalidEventName),
        Row("2[{}]", error: .invalidEventName),
        Row("2[[\"a\"]]", error: .invalidEventName),
        Row("51-[{\"_placeholder\":true,\"num\":0}]", error: .invalidEventName),
        Row(.text("2[\"" + String(repeating: "n", count: 257) + "\"]"), error: .eventNameTooLong),
        Row(.text("2[\"\\n" + String(repeating: "n", count: 256) + "\"]"), error: .eventNameTooLong),
        Row(.text("2[1" + String(repeating: "0", count: 256) + "]"), error: .eventNameTooLong),
        Row("2[\"connect\"]", error: .reservedEventName),
        Row("2[\"connect_error\"]", error: .reservedEventName),
        Row("2[\"disconnect\",1]", error: .reservedEventName),
        Row("2/a,7[\"disconnecting\"]", error: .reservedEventName),
        Row("2[\"newListener\"]", error: .reservedEventName),
        Row("2[ \"removeListener\" ]", error: .reservedEventName),
        Row("2[\"\\u0063onnect\"]", error: .reservedEventName),
        Row("51-[\"connect\",{\"_placeholder\":true,\"num\":0}]", error: .reservedEventName),
    ]

    static let binary: [Row] = [
        Row([1], error: .unexpectedBinary),
        Row("2[\"a\"]", [1], error: .unexpectedBinary),
        Row("51-[\"a\",{\"_placeholder\":true,\"num\":0}]", [1], [2], error: .unexpectedBinary),
        Row("51-[\"a\",{\"_placeholder\":true,\"num\":0}]", "2[\"b\"]", error: .textInsteadOfAttachment),
        Row("52-[\"a\"]", [1], "2[\"b\"]", error: .textInsteadOfAttachment),
        Row("51-[\"a\"]", "", error: .textInsteadOfAttachment),
        Row("51-[\"a\",{\"_placeholder\":true,\"num\":1}]", error: .invalidPlaceholder),
        Row("51-[\"a\",{\"_placeholder\":true,\"num\":-1}]", error: .invalidPlaceholder),
        Row("51-[\"a\",{\"_placeholder\":true,\"num\":-0}]", error: .invalidPlaceholder),
        Row("52-[\"a\",{\"_placeholder\":true,\"num\":0.5}]", error: .invalidPlaceholder),
        Row("52-[\"a\",{\"_placeholder\":true,\"num\":1e0}]", error: .invalidPlaceholder),
        Row("51-[\"a\",{\"_placeholder\":true,\"num\":\"0\"}]", error: .invalidPlaceholder),
        Row("51-[\"a\",{\"_placeholder\":true,\"num\":null}]", error: .invalidPlaceholder),
        Row("51-[\"a\",{\"_placeholder\":true,\"num\":[0]}]", error: .invalidPlaceholder),
        Row("51-[\"a\",{\"_placeholder\":true}]", error: .invalidPlaceholder),
        Row("51-[\"a\",{\"_placeholder\":true,\"num\":0,\"num\":7}]", error: .invalidPlaceholder),
        Row("51-[\"a\",{\"_placeholder\":true,\"num\":99999999999999999999}]", error: .invalidPlaceholder),
        Row("51-[\"a\",{\"\\u005fplaceholder\":true,\"n\\u0075m\":7}]", error: .invalidPlaceholder),
        Row(
            "52-[\"a\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":0}]",
            error: .repeatedPlaceholder
        ),
        Row(
            "61-1[{\"a\":{\"_placeholder\":true,\"num\":0}},{\"_placeholder\":true,\"num\":0}]",
            error: .repeatedPlaceholder
        ),
    ]

    @Test(
        "A malformed message is refused for the right reason",
        arguments: [
            types, attachmentCounts, namespacesAndIDs, payloads, eventNames, binary,
        ].joined()
    )
    func refuses(_ row: Row) {
        for revision in row.revisions {
            #expect(throws: row.error) { try PacketDecoder.decode(row.wire, revision: revision) }
        }
    }

    @Test("A namespace that is not UTF-8 is refused")
    func namespaceNotUTF8() {
        var decoder = PacketDecoder(revision: .v4)
        #expect(throws: PacketError.invalidNamespace) { try decoder.text(ByteBuffer(bytes: [0x30, 0x2f, 0xff, 0x2c])) }
    }

    @Test("After an error nothing more is decoded")
    func nothingAfterAnError() {
        var decoder = PacketDecoder(revision: .v4)
        #expect(throws: PacketError.unknownType(0x37)) { try decoder.decode(["7"]) }
        #expect(throws: PacketError.unknownType(0x37)) { try decoder.decode([#"2["a"]"#]) }
        #expect(throws: PacketError.unknownType(0x37)) { try decoder.decode([[1]]) }
        #expect(!decoder.isAwaitingAttachments)
    }
}
