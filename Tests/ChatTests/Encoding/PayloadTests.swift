// Licensed under the MIT licence.

import Chat
import NIOCore
import Testing
import WireJSON

/// Every server event and acknowledgement, as the contract has it.
@Suite struct PayloadTests {
    private let receipt = MessageReceipt(id: MessageID("m1"), seq: 7, timestamp: time(5678))

    @Test("message")
    func message() throws {
        let stored = StoredMessage(
            seq: 7,
            message: try ChatTests.message(
                "<b>",
                from: user("u1", "Ann"),
                clientID: "c1",
                at: time(5678),
                payload: #"{"z":1.0,"a":1e3}"#
            )
        )
        #expect(
            try text(stored.encoded)
                == #"{"type":"message","id":"m1","seq":7,"room_id":"r1","user_id":"u1","username":"Ann","content":"<b>","#
                + #""message_type":"text","title":null,"payload":{"z":1.0,"a":1e3},"attachment_urls":[],"client_id":"c1","#
                + #""created_at":"2026-01-02T03:00:05.678Z"}"#
        )
        let anonymous = StoredMessage(seq: .max, message: try ChatTests.message())
        #expect(try json(text(anonymous.encoded)).member("client_id") == nil)
        #expect(try json(text(anonymous.encoded)).member("seq")?.intValue == .max)
    }

    @Test("Names that JSON has to escape", arguments: ["\"", "\\", "a\"b\\c", "\u{2028}é😀", "tab\tend", "\0"])
    func escapes(_ name: String) throws {
        let message = StoredMessage(
            seq: 1,
            message: ChatMessage(
                room: RoomID(unchecked: ExactText("room \(name)")),
                id: MessageID("id \(name)"),
                timestamp: time(),
                sender: ChatUser(id: UserID(unchecked: ExactText("user \(name)")), name: ExactText("name \(name)")),
                body: try ChatTests.message().body,
                clientID: ExactText("client \(name)")
            )
        )
        let value = try json(text(message.encoded))
        #expect(value.member("room_id")?.stringValue == "room \(name)")
        #expect(value.member("id")?.stringValue == "id \(name)")
        #expect(value.member("user_id")?.stringValue == "user \(name)")
        #expect(value.member("username")?.stringValue == "name \(name)")
        #expect(value.member("client_id")?.stringValue == "client \(name)")
        let ack = try json(text(ServerPayload.messageAck(message.receipt, clientID: ExactText(name))))
        #expect(ack.member("client_id")?.stringValue == name)
    }

    @Test("The other server events")
    func events() throws {
        let (ann, lobby) = (try user("u1", "Ann"), try room("r1"))
        #expect(try text(ServerPayload.authenticated(ann)) == #"{"user_id":"u1","username":"Ann"}"#)
        #expect(
            try text(ServerPayload.messageAck(self.receipt, clientID: nil))
                == #"{"message_id":"m1","seq":7,"timestamp":"2026-01-02T03:00:05.678Z"}"#
        )
        #expect(
            try text(ServerPayload.messageAck(self.receipt, clientID: ExactText("c")))
                == #"{"message_id":"m1","seq":7,"timestamp":"2026-01-02T03:00:05.678Z","client_id":"c"}"#
        )
        #expect(
            try text(ServerPayload.roomUsers(lobby, EncodedUsers([UserID("a"), UserID("b\"")])))
                == #"{"room_id":"r1","users":["a","b\""]}"#
        )
        #expect(try text(ServerPayload.roomUsers(lobby, EncodedUsers([]))) == #"{"room_id":"r1","users":[]}"#)
        #expect(
            try text(ServerPayload.userJoined(ann, lobby))
                == #"{"type":"user_joined","room_id":"r1","user_id":"u1","username":"Ann"}"#
        )
        #expect(
            try text(ServerPayload.userLeft(ann, lobby))
                == #"{"type":"user_left","room_id":"r1","user_id":"u1","username":"Ann"}"#
        )
        #expect(
            try text(ServerPayload.typing(ann, lobby, isTyping: true))
                == #"{"room_id":"r1","user_id":"u1","username":"Ann","is_typing":true}"#
        )
        #expect(
            try text(ServerPayload.read(ReadCursor(room: lobby, user: ann.id, seq: 41)))
                == #"{"room_id":"r1","user_id":"u1","seq":41}"#
        )
    }

    @Test("Status, online and off")
    func status() throws {
        let ann = try user("u1", "Ann")
        #expect(
            try text(
                ServerPayload.status(UserStatus(user: ann, isOnline: true, lastSeen: time(1), timestamp: time(2)))
            )
                == #"{"type":"user_online","user_id":"u1","username":"Ann","is_online":true,"#
                + #""last_seen":"2026-01-02T03:00:00.001Z","timestamp":"2026-01-02T03:00:00.002Z"}"#
        )
        let nobody = UserStatus(user: ann, isOnline: false, lastSeen: nil, timestamp: time(2))
        #expect(
            try text(ServerPayload.status(nobody))
                == #"{"type":"user_offline","user_id":"u1","username":"Ann","is_online":false,"#
                + #""last_seen":null,"timestamp":"2026-01-02T03:00:00.002Z"}"#
        )
        #expect(
            try text(ChatReply.status(nobody))
                == #"{"status":"ok","type":"user_offline","user_id":"u1","username":"Ann","is_online":false,"#
                + #""last_seen":null,"timestamp":"2026-01-02T03:00:00.002Z"}"#
        )
    }

    @Test("Acknowledgements")
    func replies() throws {
        let (ann, lobby) = (try user("u1", "Ann"), try room("r1"))
        #expect(try text(ChatReply.done()) == #"{"status":"ok"}"#)
        #expect(try text(ChatReply.authenticated(ann)) == #"{"status":"ok","user_id":"u1","username":"Ann"}"#)
        #expect(
            try text(
                ChatReply.joined(
                    lobby,
                    users: EncodedUsers([ann.id]),
                    JoinAnswer(users: [ann.id], lastSequence: 9, lastRead: 7)
                )
            ) == #"{"status":"ok","room_id":"r1","users":["u1"],"last_seq":9,"last_read_seq":7,"unread":2}"#
        )
        #expect(try text(ChatReply.left(lobby)) == #"{"status":"ok","room_id":"r1"}"#)
        #expect(
            try text(ChatReply.message(self.receipt))
                == #"{"status":"ok","message_id":"m1","seq":7,"timestamp":"2026-01-02T03:00:05.678Z"}"#
        )
        #expect(
            try text(ChatReply.sent(self.receipt))
                == #"{"status":"sent","message_id":"m1","seq":7,"timestamp":"2026-01-02T03:00:05.678Z"}"#
        )
        #expect(try text(ChatReply.unsubscribed(ann.id)) == #"{"status":"ok","target_user_id":"u1"}"#)
    }

    @Test("Errors, each code by its name on the wire", arguments: ChatErrorCode.allCases)
    func errors(_ code: ChatErrorCode) throws {
        let error = ChatError(code, "Say \"please\".")
        #expect(
            try text(ServerPayload.error(error, event: "mess\"age"))
                == #"{"error":"Say \"please\".","code":"\#(code.rawValue)","event":"mess\"age"}"#
        )
        #expect(
            try text(ServerPayload.error(error, event: nil))
                == #"{"error":"Say \"please\".","code":"\#(code.rawValue)"}"#
        )
        #expect(
            try text(ChatReply.error(error))
                == #"{"status":"error","code":"\#(code.rawValue)","error":"Say \"please\"."}"#
        )
    }

    @Test("The contract's names")
    func names() {
        #expect(
            Set(ChatErrorCode.allCases.map(\.rawValue)) == [
                "NOT_AUTHENTICATED", "ALREADY_AUTHENTICATED", "INVALID_PAYLOAD", "MISSING_USER_ID", "INVALID_TOKEN",
                "MISSING_ROOM_ID", "INVALID_ROOM_ID", "FORBIDDEN", "NOT_ROOM_MEMBER", "INVALID_CONTENT",
                "MISSING_TARGET_USER_ID", "RATE_LIMITED", "TOO_MANY_ROOMS", "UNAVAILABLE", "INTERNAL",
            ]
        )
        #expect(
            ServerEvent.allCases.map(\.rawValue) == [
                "authenticated", "message", "message_ack", "user_online", "user_offline", "room_users", "user_joined",
                "user_left", "typing", "read", "error",
            ]
        )
        #expect(
            ClientEvent.allCases.map(\.rawValue) == [
                "authenticate", "join", "leave", "message", "history", "typing", "read", "subscribe_status",
                "unsubscribe_status",
            ]
        )
    }
}
