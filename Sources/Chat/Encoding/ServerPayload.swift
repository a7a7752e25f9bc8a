// Licensed under the MIT licence.

package import NIOCore

/// The payloads of the server's events, each the raw JSON of the event's one argument.
///
/// `message` is ``StoredMessage/encoded``.
package enum ServerPayload {
    /// `authenticated`: `{"user_id":"u1","username":"Ann"}`.
    package static func authenticated(_ user: ChatUser) -> ByteBuffer {
        JSONObjectWriter.object { writer in
            writer.string("user_id", user.id.text)
            writer.string("username", user.name)
        }
    }

    /// `message_ack`: `{"message_id":"…","seq":7,"timestamp":"…","client_id":"…"}`; `client_id` only if the sender gave one.
    package static func messageAck(_ receipt: MessageReceipt, clientID: ExactText?) -> ByteBuffer {
        JSONSink.buffer { sink in
            sink.literal("{")
            sink.receipt(receipt)
            if let clientID {
                sink.literal(",\"client_id\":")
                sink.string(clientID)
            }
            sink.literal("}")
        }
    }

    /// `user_online` and `user_offline`, also the status object of the HTTP interface.
    ///
    /// `{"type":"user_offline","user_id":"u2","username":"Bob","is_online":false,"last_seen":"…","timestamp":"…"}`;
    /// `last_seen` is null for a user never seen.
    package static func status(_ status: UserStatus) -> ByteBuffer {
        JSONObjectWriter.object { writer in
            writer.status(status)
        }
    }

    /// `room_users`, also the HTTP interface's list of them: `{"room_id":"r1","users":["u1","u2"]}`.
    package static func roomUsers(_ room: RoomID, _ users: EncodedUsers) -> ByteBuffer {
        JSONObjectWriter.object { writer in
            writer.string("room_id", room.text)
            writer.raw("users", users.array)
        }
    }

    /// `user_joined`: `{"type":"user_joined","room_id":"r1","user_id":"u1","username":"Ann"}`.
    package static func userJoined(_ user: ChatUser, _ room: RoomID) -> ByteBuffer {
        self.membership(.userJoined, user, room)
    }

    /// `user_left`: `{"type":"user_left","room_id":"r1","user_id":"u1","username":"Ann"}`.
    package static func userLeft(_ user: ChatUser, _ room: RoomID) -> ByteBuffer {
        self.membership(.userLeft, user, room)
    }

    /// `typing`: `{"room_id":"r1","user_id":"u1","username":"Ann","is_typing":true}`.
    package static func typing(_ user: ChatUser, _ room: RoomID, isTyping: Bool) -> ByteBuffer {
        JSONObjectWriter.object { writer in
            writer.string("room_id", room.text)
            writer.string("user_id", user.id.text)
            writer.string("username", user.name)
            writer.bool("is_typing", isTyping)
        }
    }

    /// `read`: `{"room_id":"r1","user_id":"u1","seq":41}`.
    package static func read(_ cursor: ReadCursor) -> ByteBuffer {
        JSONObjectWriter.object { writer in
            writer.string("room_id", cursor.room.text)
            writer.string("user_id", cursor.user.text)
            writer.integer("seq", cursor.seq)
        }
    }

    /// `error`: `{"error":"…","code":"NOT_ROOM_MEMBER","event":"message"}`, and without `event` the HTTP interface's errors.
    ///
    /// `event` is the event that failed, as its sender named it.
    package static func error(_ error: ChatError, event: String?) -> ByteBuffer {
        JSONObjectWriter.object { writer in
            writer.string("error", ExactText(error.sentence))
            writer.string("code", plain: error.code.rawValue)
            if let event { writer.string("event", ExactText(event)) }
        }
    }

    private static func membership(_ event: ServerEvent, _ user: ChatUser, _ room: RoomID) -> ByteBuffer {
        JSONObjectWriter.object { writer in
            writer.string("type", plain: event.rawValue)
            writer.string("room_id", room.text)
            writer.string("user_id", user.id.text)
            writer.string("username", user.name)
        }
    }
}

extension JSONSink {
    /// Three members without braces; written for every message, hence without a ``JSONObjectWriter``.
    @inline(__always)
    mutating func receipt(_ receipt: MessageReceipt) {
        self.literal("\"message_id\":")
        self.string(receipt.id.text)
        self.literal(",\"seq\":")
        self.decimal(receipt.seq)
        self.literal(",\"timestamp\":")
        self.timestamp(receipt.timestamp)
    }
}

extension JSONObjectWriter {
    mutating func status(_ status: UserStatus) {
        self.string("type", plain: status.event.rawValue)
        self.string("user_id", status.user.id.text)
        self.string("username", status.user.name)
        self.bool("is_online", status.isOnline)
        self.timestamp("last_seen", status.lastSeen)
        self.timestamp("timestamp", status.timestamp)
    }
}
