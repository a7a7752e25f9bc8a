// Licensed under the MIT licence.

package import WireJSON

/// What `leave` asks for: `{"room_id":"r1"}`.
package struct RoomRequest: Equatable, Sendable {
    /// The room.
    package let room: RoomID

    /// - Throws: `INVALID_PAYLOAD`, `MISSING_ROOM_ID`, `INVALID_ROOM_ID`.
    package init(decoding payload: JSONValue?) throws(ChatError) {
        self.room = try EventPayload(payload).roomID()
    }
}
