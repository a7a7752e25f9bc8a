// Licensed under the MIT licence.

import Chat
import NIOCore
import WireJSON

/// A JSON value from its text.
func json(_ text: String) throws -> JSONValue {
    try JSONValue(validating: ByteBuffer(string: text))
}

/// The text of a payload, which must be JSON.
func text(_ payload: ByteBuffer) throws -> String {
    String(buffer: try JSONValue(validating: payload).bytes)
}

func room(_ name: String = "r1") throws -> RoomID { try RoomID(name) }

func user(_ id: String = "u1", _ name: String? = nil) throws -> ChatUser {
    ChatUser(id: try UserID(id), name: name.map { ExactText($0) })
}

/// 2026-01-02T03:00:00Z and so many milliseconds.
func time(_ milliseconds: Int64 = 0) -> Timestamp {
    Timestamp(milliseconds: 1_767_322_800_000 + milliseconds)
}

/// A message as it was accepted.
func message(
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

/// The error that `body` throws, if any.
func failure<Value>(_ body: () throws(ChatError) -> Value) -> ChatErrorCode? {
    do {
        _ = try body()
        return nil
    } catch {
        return error.code
    }
}
