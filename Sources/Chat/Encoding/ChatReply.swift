// Licensed under the MIT licence.

package import NIOCore

/// What acknowledgements answer, each the raw JSON of the acknowledgement's one argument.
package enum ChatReply {
    /// Of any event that was refused: `{"status":"error","code":"NOT_ROOM_MEMBER","error":"…"}`.
    package static func error(_ error: ChatError) -> ByteBuffer {
        JSONObjectWriter.object { writer in
            writer.string("status", plain: "error")
            writer.string("code", plain: error.code.rawValue)
            writer.string("error", ExactText(error.sentence))
        }
    }

    /// Of `typing` and `read`: `{"status":"ok"}`.
    package static func done() -> ByteBuffer { Self.ok { _ in } }

    /// Of `authenticate`: `user_id`, `username`.
    package static func authenticated(_ user: ChatUser) -> ByteBuffer {
        Self.ok { writer in
            writer.string("user_id", user.id.text)
            writer.string("username", user.name)
        }
    }

    /// Of `join`: `room_id`, `users`, `last_seq`, `last_read_seq`, `unread`.
    ///
    /// `users` are those of the answer, encoded.
    package static func joined(_ room: RoomID, users: EncodedUsers, _ answer: JoinAnswer) -> ByteBuffer {
        Self.ok { writer in
            writer.string("room_id", room.text)
            writer.raw("users", users.array)
            writer.integer("last_seq", answer.lastSequence)
            writer.integer("last_read_seq", answer.lastRead)
            writer.integer("unread", answer.unread)
        }
    }

    /// Of `leave`: `room_id`.
    package static func left(_ room: RoomID) -> ByteBuffer {
        Self.ok { $0.string("room_id", room.text) }
    }

    /// Of `message`: `message_id`, `seq`, `timestamp`.
    package static func message(_ receipt: MessageReceipt) -> ByteBuffer {
        JSONSink.buffer { sink in
            sink.literal("{\"status\":\"ok\",")
            sink.receipt(receipt)
            sink.literal("}")
        }
    }

    /// Of `POST /messages`: `{"status":"sent","message_id":"…","seq":7,"timestamp":"…"}`.
    package static func sent(_ receipt: MessageReceipt) -> ByteBuffer {
        JSONSink.buffer { sink in
            sink.literal("{\"status\":\"sent\",")
            sink.receipt(receipt)
            sink.literal("}")
        }
    }

    /// Of `subscribe_status`: the status object's fields.
    package static func status(_ status: UserStatus) -> ByteBuffer {
        Self.ok { $0.status(status) }
    }

    /// Of `unsubscribe_status`: `target_user_id`.
    package static func unsubscribed(_ target: UserID) -> ByteBuffer {
        Self.ok { $0.string("target_user_id", target.text) }
    }

    /// Of `history`: `messages`, ascending, and `has_more`; with the attachments of all of them (``EncodedPage``).
    package static func history(_ page: EncodedPage) -> ByteBuffer {
        Self.ok { $0.page(page) }
    }

    /// Of `GET /rooms/{room_id}/messages`: `{"messages":[…],"has_more":false}`.
    package static func messages(_ page: EncodedPage) -> ByteBuffer {
        JSONObjectWriter.object { writer in
            writer.page(page)
        }
    }

    private static func ok(_ write: (inout JSONObjectWriter) -> Void) -> ByteBuffer {
        JSONObjectWriter.object { writer in
            writer.string("status", plain: "ok")
            write(&writer)
        }
    }
}

extension JSONObjectWriter {
    fileprivate mutating func page(_ page: EncodedPage) {
        self.raw("messages", page.messages)
        self.bool("has_more", page.hasMore)
    }
}
