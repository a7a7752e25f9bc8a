// Licensed under the MIT licence.

import Chat
import Testing
import WireJSON

/// The rules that all events share, and those of the small ones.
@Suite struct RequestTests {
    private typealias Decode = @Sendable (JSONValue?) throws(ChatError) -> Void

    private static let limits = ChatLimits()
    private static let decoders: [ClientEvent: Decode] = [
        .authenticate: { payload throws(ChatError) in
            _ = try AuthenticateRequest(decoding: payload, requiresUserID: true, limits: limits)
        },
        .join: { payload throws(ChatError) in _ = try JoinRequest(decoding: payload) },
        .leave: { payload throws(ChatError) in _ = try RoomRequest(decoding: payload) },
        .message: { payload throws(ChatError) in
            _ = try MessageRequest(decoding: payload, attachments: [], limits: limits)
        },
        .history: { payload throws(ChatError) in _ = try HistoryRequest(decoding: payload, limits: limits) },
        .typing: { payload throws(ChatError) in _ = try TypingRequest(decoding: payload) },
        .read: { payload throws(ChatError) in _ = try ReadRequest(decoding: payload) },
        .subscribeStatus: { payload throws(ChatError) in _ = try StatusRequest(decoding: payload) },
        .unsubscribeStatus: { payload throws(ChatError) in _ = try StatusRequest(decoding: payload) },
    ]
    private static let roomEvents: [ClientEvent] = [.join, .leave, .message, .history, .typing, .read]
    private static let rest = #""content":"x","is_typing":true,"seq":1"#

    private func code(_ event: ClientEvent, _ payload: String?) throws -> ChatErrorCode? {
        let decode = try #require(Self.decoders[event])
        let value = try payload.map { try json($0) }
        return failure { () throws(ChatError) in try decode(value) }
    }

    @Test("A payload that is no object", arguments: ClientEvent.allCases)
    func noObject(_ event: ClientEvent) throws {
        for payload in [nil, "null", "\"text\"", "7", "true", "[]", "[{\"room_id\":\"r\"}]"] {
            #expect(try self.code(event, payload) == .invalidPayload, "\(payload ?? "none")")
        }
    }

    @Test("An empty object", arguments: ClientEvent.allCases)
    func emptyObject(_ event: ClientEvent) throws {
        let expected: ChatErrorCode =
            switch event {
            case .authenticate: .missingUserID
            case .subscribeStatus, .unsubscribeStatus: .missingTargetUserID
            case .join, .leave, .message, .history, .typing, .read: .missingRoomID
            }
        #expect(try self.code(event, "{}") == expected)
    }

    @Test("Unknown fields do no harm", arguments: ClientEvent.allCases)
    func unknownFields(_ event: ClientEvent) throws {
        let payload = #"""
            {"__proto__":{"x":1},"constructor":null,"admin":true,"":[[[]]],"ROOM_ID":5,
             "room_id":"r","user_id":"u","target_user_id":"t","content":"x","is_typing":false,"seq":0}
            """#
        #expect(try self.code(event, payload) == nil)
    }

    @Test("room_id of the wrong kind", arguments: roomEvents)
    func roomOfWrongKind(_ event: ClientEvent) throws {
        #expect(try self.code(event, "{\"room_id\":null,\(Self.rest)}") == .missingRoomID)
        for value in ["5", "true", "[]", "{}", "[\"r\"]"] {
            #expect(try self.code(event, "{\"room_id\":\(value),\(Self.rest)}") == .invalidRoomID, "\(value)")
        }
    }

    @Test("room_id that is no room", arguments: roomEvents)
    func invalidRoom(_ event: ClientEvent) throws {
        let million = String(repeating: "x", count: 1_000_000)
        let escapes = String(repeating: #"\u0041"#, count: 129)
        for value in [
            "", #"\u0000"#, #"a\nb"#, "\u{7f}", "\u{85}", String(repeating: "é", count: 65), escapes, million,
        ] {
            #expect(
                try self.code(event, "{\"room_id\":\"\(value)\",\(Self.rest)}") == .invalidRoomID,
                "\(value.prefix(20))"
            )
        }
    }

    @Test("room_id that looks like an internal name", arguments: roomEvents)
    func internalNames(_ event: ClientEvent) throws {
        let longest = String(repeating: #"\u0041"#, count: 128)
        for value in ["status:x", "a#b", "{slot}", "../", "AbCdEfGhIjKlMnOpQrSt", "socket.io#/#", #"\"\\"#, longest] {
            #expect(try self.code(event, "{\"room_id\":\"\(value)\",\(Self.rest)}") == nil, "\(value)")
        }
    }

    @Test("Of duplicate keys the last counts, and keys may be escaped")
    func duplicateKeys() throws {
        #expect(try RoomRequest(decoding: json(#"{"room_id":5,"room_id":"b"}"#)).room.string == "b")
        #expect(try RoomRequest(decoding: json(#"{"\u0072oom_id":"a"}"#)).room.string == "a")
        #expect(try self.code(.leave, #"{"room_id":"a","room_id":5}"#) == .invalidRoomID)
    }

    @Test("after of join")
    func joinAfter() throws {
        #expect(try JoinRequest(decoding: json(#"{"room_id":"r"}"#)).after == nil)
        #expect(try JoinRequest(decoding: json(#"{"room_id":"r","after":null}"#)).after == nil)
        #expect(try JoinRequest(decoding: json(#"{"room_id":"r","after":0}"#)).after == 0)
        #expect(try JoinRequest(decoding: json(#"{"room_id":"r","after":9223372036854775807}"#)).after == .max)
        for value in ["-1", "1.5", "1e3", "1.0", "\"1\"", "true", "{}", "9223372036854775808"] {
            #expect(try self.code(.join, "{\"room_id\":\"r\",\"after\":\(value)}") == .invalidPayload, "\(value)")
        }
    }

    @Test("is_typing")
    func typing() throws {
        #expect(try TypingRequest(decoding: json(#"{"room_id":"r","is_typing":true}"#)).isTyping)
        #expect(try !TypingRequest(decoding: json(#"{"room_id":"r","is_typing":false}"#)).isTyping)
        for field in ["", ",\"is_typing\":null", ",\"is_typing\":1", ",\"is_typing\":\"true\""] {
            #expect(try self.code(.typing, "{\"room_id\":\"r\"\(field)}") == .invalidPayload, "\(field)")
        }
    }

    @Test("seq of read")
    func read() throws {
        #expect(try ReadRequest(decoding: json(#"{"room_id":"r","seq":41}"#)).seq == 41)
        for field in ["", ",\"seq\":null", ",\"seq\":-1", ",\"seq\":\"1\"", ",\"seq\":1.5", ",\"seq\":[]"] {
            #expect(try self.code(.read, "{\"room_id\":\"r\"\(field)}") == .invalidPayload, "\(field)")
        }
    }

    @Test("target_user_id", arguments: [ClientEvent.subscribeStatus, .unsubscribeStatus])
    func target(_ event: ClientEvent) throws {
        #expect(try StatusRequest(decoding: json(#"{"target_user_id":"u2"}"#)).target.string == "u2")
        for value in ["null", "5", "[]", "\"\""] {
            #expect(try self.code(event, "{\"target_user_id\":\(value)}") == .missingTargetUserID, "\(value)")
        }
        for value in [String(repeating: "x", count: 129), #"a\u0000"#] {
            #expect(try self.code(event, "{\"target_user_id\":\"\(value)\"}") == .invalidPayload, "\(value)")
        }
    }
}
