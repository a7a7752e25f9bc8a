// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import SocketIOCore
import Testing
import WireJSON

/// Bad input of the kind that broke servers in production, one test for each.
@Suite struct AbusiveInputTests {
    private func refuses(
        _ error: PacketError,
        _ messages: Message...,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        for revision in ProtocolRevision.allCases {
            #expect(throws: error, sourceLocation: sourceLocation) {
                try PacketDecoder.decode(messages, revision: revision)
            }
        }
    }

    // MARK: Packets

    @Test("An unknown packet type")
    func unknownType() {
        self.refuses(.unknownType(UInt8(ascii: "7")), "7")
        self.refuses(.unknownType(UInt8(ascii: "a")), "abc")
    }

    @Test("A namespace name of 50 KB")
    func hugeNamespace() {
        self.refuses(.namespaceTooLong, .text("0/" + String(repeating: "n", count: 50_000) + ","))
    }

    @Test("A namespace as long as may be, and one byte more")
    func namespaceAtTheLimit() throws {
        let longest = "/" + String(repeating: "n", count: 127)
        #expect(try PacketDecoder.decode([.text("1\(longest),")]).map(\.namespace) == [longest])
        self.refuses(.namespaceTooLong, .text("1\(longest)n,"))
    }

    @Test("An event without a name, with null or an object for a name")
    func eventWithoutName() {
        self.refuses(.invalidEventName, "2[]")
        self.refuses(.invalidEventName, "2[null]")
        self.refuses(.invalidEventName, "2[{}]")
    }

    @Test("An event with a reserved name, plain or hidden by escapes", arguments: EventPayload.reservedNames)
    func reservedName(_ name: String) {
        self.refuses(.reservedEventName, .text("2[\"\(name)\"]"))
        let escaped = name.utf16.map { "\\u00" + String($0, radix: 16) }.joined()
        self.refuses(.reservedEventName, .text("2[\"\(escaped)\"]"))
    }

    @Test("An event with an odd but lawful name goes the way of all events")
    func oddNames() throws {
        let names = ["error", "__proto__", "constructor", "a\0b", "connection", "Connect", "connect ", "disconnected"]
        for name in names {
            let packets = try PacketDecoder.decode(PacketEncoder.event(name).messages)
            #expect(packets.compactMap { EventPayload($0)?.name } == [name])
        }
    }

    @Test("An event name of 1 MB")
    func hugeName() {
        self.refuses(.eventNameTooLong, .text("2[\"" + String(repeating: "n", count: 1_000_000) + "\"]"))
        self.refuses(.eventNameTooLong, .text("2[\"\\n" + String(repeating: "n", count: 1_000_000) + "\"]"))
        self.refuses(.eventNameTooLong, .text("2[1" + String(repeating: "0", count: 1_000_000) + "]"))
    }

    @Test("A name as long as may be, in whatever way it is written")
    func nameAtTheLimit() throws {
        for name in [String(repeating: "n", count: 256), String(repeating: "\u{e9}", count: 128)] {
            let escaped = name.utf16.map { "\\u00" + String($0, radix: 16) }.joined()
            for text in ["2[\"\(name)\"]", "2[\"\(escaped)\"]"] {
                #expect(try PacketDecoder.decode([.text(text)]).compactMap { EventPayload($0)?.name } == [name])
            }
        }
    }

    @Test(
        "Numbers on the wire are digits and nothing else",
        arguments: ["-1", "+1", " 1", "1.0", "1e3", "0x1", "\u{661}"]
    )
    func numbersAreDigits(_ number: String) {
        for revision in ProtocolRevision.allCases {
            #expect(throws: PacketError.self) {
                try PacketDecoder.decode([.text("2\(number)[\"a\"]")], revision: revision)
            }
            #expect(throws: PacketError.self) {
                try PacketDecoder.decode([.text("5\(number)-[\"a\"]")], revision: revision)
            }
        }
    }

    @Test("Numbers of 400 digits")
    func hugeNumbers() {
        let digits = String(repeating: "9", count: 400)
        self.refuses(.ackIDTooLong, .text("2\(digits)[\"a\"]"))
        self.refuses(.ackIDTooLong, .text("3\(digits)[]"))
        self.refuses(.tooManyAttachments, .text("5\(digits)-[\"a\"]"))
    }

    // MARK: Binary

    @Test("An attachment announced and never sent: the packet stays due, for the deadline to find")
    func attachmentNeverSent() throws {
        var decoder = PacketDecoder(revision: .v4)
        #expect(try decoder.decode([#"51-["a",{"_placeholder":true,"num":0}]"#]).isEmpty)
        #expect(decoder.isAwaitingAttachments)
    }

    @Test("Text instead of the attachment")
    func textInsteadOfAttachment() {
        self.refuses(.textInsteadOfAttachment, #"51-["a",{"_placeholder":true,"num":0}]"#, #"2["b"]"#)
    }

    @Test("More than 10 attachments")
    func tooManyAttachments() throws {
        self.refuses(.tooManyAttachments, #"511-["a"]"#)
        self.refuses(.tooManyAttachments, #"6999999-1["a"]"#)
        let ten = [#"510-["a"]"#] + Array(repeating: Message.binary([1]), count: 10)
        #expect(try PacketDecoder.decode(ten).map(\.attachments.count) == [10])
    }

    @Test("10 attachments of the maximum size each")
    func attachmentsTooLarge() throws {
        var decoder = PacketDecoder(revision: .v4)
        _ = try decoder.decode([#"510-["a"]"#])
        #expect(try decoder.binary(ByteBuffer(repeating: 1, count: 1_000_000)) == nil)
        #expect(throws: PacketError.attachmentsTooLarge) { try decoder.binary(ByteBuffer(repeating: 1, count: 1)) }
    }

    @Test("Attachments that together are as large as may be")
    func attachmentsAtTheLimit() throws {
        let limits = SocketIOLimits(maximumAttachments: 2, maximumAttachmentBytes: 5)
        #expect(try PacketDecoder.decode([#"52-["a"]"#, [1, 2, 3], [4, 5]], limits: limits).count == 1)
        #expect(throws: PacketError.attachmentsTooLarge) {
            try PacketDecoder.decode([#"52-["a"]"#, [1, 2, 3], [4, 5, 6]], limits: limits)
        }
        #expect(throws: PacketError.tooManyAttachments) { try PacketDecoder.decode([#"53-["a"]"#], limits: limits) }
    }

    @Test("One attachment referenced 2,000 times")
    func attachmentReferencedOften() {
        let references = Array(repeating: #"{"_placeholder":true,"num":0}"#, count: 2_000).joined(separator: ",")
        self.refuses(.repeatedPlaceholder, .text("51-[\"a\",\(references)]"), [1])
    }

    @Test("Binary that no packet announced")
    func unannouncedBinary() {
        self.refuses(.unexpectedBinary, [1, 2, 3])
    }

    // MARK: JSON

    @Test("Nesting of 5,000 and of 200,000", arguments: [5_000, 200_000])
    func deepNesting(_ depth: Int) {
        let arrays = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        self.refuses(.invalidJSON(JSONError(.depth, offset: 68)), .text("2[\"a\",\(arrays)]"))
        let objects = String(repeating: "{\"a\":", count: depth) + "1" + String(repeating: "}", count: depth)
        #expect(throws: PacketError.self) { try PacketDecoder.decode([.text("2[\"a\",\(objects)]")]) }
        #expect(throws: PacketError.self) { try PacketDecoder.decode([.text("51-[\"a\",\(objects)]")]) }
    }

    @Test("Nesting as deep as may be")
    func nestingAtTheLimit() throws {
        let arrays = String(repeating: "[", count: 63) + String(repeating: "]", count: 63)
        #expect(try PacketDecoder.decode([.text("2[\"a\",\(arrays)]")]).count == 1)
        #expect(throws: PacketError.invalidJSON(JSONError(.depth, offset: 68))) {
            try PacketDecoder.decode([.text("2[\"a\",[\(arrays)]]")])
        }
    }

    @Test("Keys named __proto__, and the same key twice: data")
    func oddKeys() throws {
        let text = #"2["a",{"__proto__":{"x":1},"constructor":2,"k":1,"k":2}]"#
        let packets = try PacketDecoder.decode([.text(text)])
        #expect(packets.compactMap { EventPayload($0)?.firstArgument?.member("k")?.intValue } == [2])
        #expect(PacketEncoder.encode(packets[0], revision: .v4).messages == [.text(text)])
    }

    @Test("Limits that bit can be told from broken packets")
    func limitsAreCounted() {
        let limits: [PacketError] = [
            .tooManyAttachments, .attachmentsTooLarge, .namespaceTooLong, .ackIDTooLong, .eventNameTooLong,
            .invalidJSON(JSONError(.depth, offset: 0)),
        ]
        #expect(limits.allSatisfy { $0.isLimit })
        let others: [PacketError] = [.empty, .reservedEventName, .invalidJSON(JSONError(.syntax, offset: 0))]
        #expect(!others.contains { $0.isLimit })
    }
}
