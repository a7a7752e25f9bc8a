// Licensed under the MIT licence.

package import Chat
package import NIOCore

/// A room.
package func room(_ name: String = "r1") throws -> RoomID { try RoomID(name) }

/// A user.
package func user(_ id: String = "u1", _ name: String? = nil) throws -> ChatUser {
    ChatUser(id: try UserID(id), name: name.map { ExactText($0) })
}

/// 2026-01-02T03:00:00Z and so many milliseconds.
package func time(_ milliseconds: Int64 = 0) -> Timestamp {
    Timestamp(milliseconds: 1_767_322_800_000 + milliseconds)
}

/// A message as it was accepted.
package func message(
    _ content: String = "Hello",
    id: String = "m1",
    in room: RoomID? = nil,
    from sender: ChatUser? = nil,
    clientID: String? = nil,
    at timestamp: Timestamp = time(),
    payload: String = "null",
    attachments: [ByteBuffer] = []
) throws -> ChatMessage {
    let members = """
        "content":"\(content)","message_type":"text","title":null,"payload":\(payload),"attachment_urls":[]
        """
    return ChatMessage(
        room: try room ?? RoomID("r1"),
        id: MessageID(id),
        timestamp: timestamp,
        sender: try sender ?? user(),
        body: MessageBody(members: ByteBuffer(string: members), attachments: attachments),
        clientID: clientID.map { ExactText($0) }
    )
}
