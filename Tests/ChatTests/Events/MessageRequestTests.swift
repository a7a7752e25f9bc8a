// Licensed under the MIT licence.

import Chat
import NIOCore
import Testing
import WireJSON

@Suite struct MessageRequestTests {
    private let limits = ChatLimits()

    private func decode(_ payload: String, attachments: [ByteBuffer] = []) throws -> MessageRequest {
        try MessageRequest(decoding: json(payload), attachments: attachments, limits: self.limits)
    }

    private func code(_ payload: String) throws -> ChatErrorCode? {
        let payload = try json(payload)
        return failure { () throws(ChatError) in
            try MessageRequest(decoding: payload, attachments: [], limits: self.limits)
        }
    }

    private func members(_ payload: String) throws -> String {
        String(buffer: try self.decode(payload).body.members)
    }

    @Test("Defaults")
    func defaults() throws {
        let request = try self.decode(#"{"room_id":"r1","content":"Hello"}"#)
        #expect(try request.room == room("r1"))
        #expect(request.clientID == nil)
        #expect(request.body.attachments.isEmpty)
        #expect(
            String(buffer: request.body.members)
                == #""content":"Hello","message_type":"text","title":null,"payload":null,"attachment_urls":[]"#
        )
        let nulls =
            #"{"room_id":"r1","content":"Hello","type":null,"title":null,"payload":null,"attachment_urls":null,"client_id":null}"#
        #expect(try self.decode(nulls).body == request.body)
        #expect(try self.decode(nulls).clientID == nil)
    }

    @Test("Everything is kept byte for byte")
    func raw() throws {
        let payload = #"""
            {"attachment_urls" : [ "https://e.com/\u0061" , "b" ],"payload":{"z":1.0,"a":1e3,"d":-0, "é":"\ud800","z":2},
             "title":"T\u0000","type":"im\u0061ge","content":"  <b>\u00e9 & 😀</b>\n","client_id":"c\"1","room_id":"r1"}
            """#
        #expect(
            try self.members(payload)
                == #""content":"  <b>\u00e9 & 😀</b>\n","message_type":"im\u0061ge","title":"T\u0000","#
                + #""payload":{"z":1.0,"a":1e3,"d":-0, "é":"\ud800","z":2},"attachment_urls":[ "https://e.com/\u0061" , "b" ]"#
        )
        #expect(try self.decode(payload).clientID == ExactText("c\"1"))
    }

    @Test("The body keeps no receive buffer alive")
    func detached() throws {
        var received = ByteBuffer(repeating: 0x20, count: 100_000)
        received.writeString(#"{"room_id":"r1","content":"Hello"}"#)
        let big = ByteBuffer(repeating: 7, count: 100_000)
        let slice = try #require(big.getSlice(at: 5, length: 10))
        let request = try MessageRequest(
            decoding: JSONValue(validating: received),
            attachments: [slice, big],
            limits: self.limits
        )
        #expect(request.body.members.storageCapacity <= 128)
        #expect(request.body.attachments == [slice, big])
        #expect(request.body.attachments[0].storageCapacity <= 64)
        #expect(request.body.byteCount == request.body.members.readableBytes + 100_010)
    }

    @Test(
        "Content that is none",
        arguments: [
            "", #","content":null"#, #","content":5"#, #","content":["x"]"#, #","content":{"a":1}"#, #","content":"""#,
            #","content":" \t\n\r""#, #","content":"\u00a0\u3000\u2003 ""#, ",\"content\":\"\u{a0}\u{2028}\u{3000}\"",
        ]
    )
    func blank(_ field: String) throws {
        #expect(try self.code("{\"room_id\":\"r1\"\(field)}") == .invalidContent)
    }

    @Test("Content is counted in Unicode scalars")
    func length() throws {
        for unit in ["x", "é", "\u{1d11e}", #"\u0041"#, #"\ud834\udd1e"#, #"\n"#] {
            let longest = String(repeating: unit, count: 9999) + "x"
            #expect(try self.code("{\"room_id\":\"r1\",\"content\":\"\(longest)\"}") == nil, "\(unit)")
            #expect(try self.code("{\"room_id\":\"r1\",\"content\":\"\(longest)x\"}") == .invalidContent, "\(unit)")
        }
        // One character to readers, seven scalars to us.
        let family = String(repeating: "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}\u{200d}\u{1f466}", count: 1429)
        #expect(try self.code("{\"room_id\":\"r1\",\"content\":\"\(family)\"}") == .invalidContent)
        var short = ChatLimits()
        short.maximumMessageLength = 3
        let payload = try json(#"{"room_id":"r1","content":"abcd"}"#)
        #expect(
            failure { () throws(ChatError) in try MessageRequest(decoding: payload, attachments: [], limits: short) }
                == .invalidContent
        )
    }

    @Test(
        "Fields of the wrong kind or size",
        arguments: [
            #""type":5"#, #""type":{}"#, #""type":"\#(String(repeating: "x", count: 129))""#,
            #""title":5"#, #""title":["x"]"#, #""title":"\#(String(repeating: "x", count: 4097))""#,
            #""payload":[1]"#, #""payload":"text""#, #""payload":5"#, #""payload":false"#,
            #""attachment_urls":"x""#, #""attachment_urls":{}"#, #""attachment_urls":[1]"#,
            #""attachment_urls":["x",null]"#, #""attachment_urls":[["x"]]"#,
            #""attachment_urls":["\#(String(repeating: "x", count: 4097))"]"#,
            #""attachment_urls":[\#(Array(repeating: "\"x\"", count: 65).joined(separator: ","))]"#,
            #""client_id":5"#, #""client_id":"""#, #""client_id":[]"#,
            #""client_id":"\#(String(repeating: "x", count: 129))""#,
            #""client_id":"\#(String(repeating: "é", count: 65))""#,
        ]
    )
    func invalid(_ field: String) throws {
        #expect(try self.code("{\"room_id\":\"r1\",\"content\":\"x\",\(field)}") == .invalidPayload)
    }

    @Test("Fields at their limits")
    func longest() throws {
        let urls = Array(repeating: "\"\(String(repeating: "x", count: 4096))\"", count: 64).joined(separator: ",")
        for field in [
            #""type":"\#(String(repeating: #"\u0041"#, count: 128))""#,
            #""title":"\#(String(repeating: #"\u00e9"#, count: 2048))""#,
            #""client_id":"\#(String(repeating: #"\u0041"#, count: 128))""#,
            #""attachment_urls":[\#(urls)]"#,
            #""client_id":"\u0000""#, #""type":"""#, #""title":"""#, #""payload":{}"#,
        ] {
            #expect(try self.code("{\"room_id\":\"r1\",\"content\":\"x\",\(field)}") == nil, "\(field.prefix(30))")
        }
    }

    @Test("The room last sent to changes nothing but the time it takes")
    func recentRoom() throws {
        for recent in ["r1", "r2", "r", "r11", "caf\u{e9}", "a\"b"] {
            for (written, name) in [
                ("r1", "r1"), (#"\u0072\u0031"#, "r1"), ("cafe\u{301}", "cafe\u{301}"), (#"caf\u00e9"#, "caf\u{e9}"),
                (#"a\"b"#, "a\"b"),
            ] {
                let request = try MessageRequest(
                    decoding: json("{\"room_id\":\"\(written)\",\"content\":\"x\"}"),
                    attachments: [],
                    limits: self.limits,
                    recentRoom: room(recent)
                )
                #expect(try request.room == room(name))
                #expect(request.room.string.utf8.elementsEqual(name.utf8))
            }
        }
        let bad = try json(#"{"room_id":"","content":"x"}"#)
        let code = failure { () throws(ChatError) in
            try MessageRequest(decoding: bad, attachments: [], limits: self.limits, recentRoom: try? room())
        }
        #expect(code == .invalidRoomID)
    }

    @Test("The room's fault comes first, then the content's")
    func precedence() throws {
        #expect(try self.code(#"{"content":"","payload":[]}"#) == .missingRoomID)
        #expect(try self.code(#"{"room_id":"","content":"","payload":[]}"#) == .invalidRoomID)
        #expect(try self.code(#"{"room_id":"r","content":"","payload":[]}"#) == .invalidContent)
    }

    @Test("A message from outside")
    func posted() throws {
        func decode(_ fields: String) throws -> PostedMessage {
            try PostedMessage(decoding: json("{\"room_id\":\"r1\",\"content\":\"x\"\(fields)}"), limits: self.limits)
        }
        #expect(try decode("").user == user("system", "System"))
        #expect(try decode(#","user_id":"bot""#).user == user("bot", "System"))
        #expect(try decode(#","user_id":"bot","username":"The Bot""#).user == user("bot", "The Bot"))
        #expect(try decode(#","user_id":null,"username":null"#).user == user("system", "System"))
        #expect(try decode(#","client_id":"k""#).message.clientID == ExactText("k"))
        for fields in [#","user_id":5"#, #","user_id":"""#, #","user_id":"a\n""#, #","username":5"#] {
            let payload = try json("{\"room_id\":\"r1\",\"content\":\"x\"\(fields)}")
            let code = failure { () throws(ChatError) in try PostedMessage(decoding: payload, limits: self.limits) }
            #expect(code == .invalidPayload, "\(fields)")
        }
    }
}
