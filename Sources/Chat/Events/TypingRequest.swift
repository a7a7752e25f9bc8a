// Licensed under the MIT licence.

package import WireJSON

/// What `typing` says: `{"room_id":"r1","is_typing":true}`.
package struct TypingRequest: Equatable, Sendable {
    /// The room.
    package let room: RoomID
    /// Whether the user is typing there now.
    package let isTyping: Bool

    /// - Throws: `INVALID_PAYLOAD` (also for an `is_typing` that is missing or no boolean), `MISSING_ROOM_ID`, `INVALID_ROOM_ID`.
    package init(decoding payload: JSONValue?) throws(ChatError) {
        let payload = try EventPayload(payload)
        self.room = try payload.roomID()
        guard let isTyping = payload.field("is_typing")?.boolValue else {
            throw .wrongType("is_typing", "true or false")
        }
        self.isTyping = isTyping
    }
}
