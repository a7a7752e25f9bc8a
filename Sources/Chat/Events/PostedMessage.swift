// Licensed under the MIT licence.

package import WireJSON

/// A message that comes from outside the chat, as `POST /messages` takes it: the fields of `message`, and who speaks.
///
/// `{"room_id":"r1","content":"Hello","user_id":"system","username":"System"}`
package struct PostedMessage: Sendable {
    /// Who speaks; `system`, called `System`, unless the body says otherwise.
    package let user: ChatUser
    /// The room and the message.
    ///
    /// There are no binary attachments.
    package let message: MessageRequest

    /// - Throws: As `message`; `INVALID_PAYLOAD` for a `user_id` or `username` that is no string or too long.
    package init(decoding payload: JSONValue?, limits: ChatLimits) throws(ChatError) {
        self.message = try MessageRequest(decoding: payload, attachments: [], limits: limits)
        let payload = try EventPayload(payload)
        var id: UserID?
        if payload.field("user_id") != nil {
            id = try payload.userID("user_id", missing: .wrongType("user_id", "a string that is not empty"))
        }
        let name = try payload.username(maximumBytes: limits.maximumUsernameBytes)
        self.user = ChatUser(id: id ?? .system, name: name ?? ExactText("System"))
    }
}
