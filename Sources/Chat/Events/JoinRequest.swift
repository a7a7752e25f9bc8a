// Licensed under the MIT licence.

package import WireJSON

/// What `join` asks for: `{"room_id":"r1","after":41}`.
package struct JoinRequest: Equatable, Sendable {
    /// The room.
    package let room: RoomID
    /// The last `seq` the client has; with it every retained later message is replayed.
    package let after: Int?

    /// - Throws: `INVALID_PAYLOAD` (also for an `after` that is no integer from 0 up), `MISSING_ROOM_ID`, `INVALID_ROOM_ID`.
    package init(decoding payload: JSONValue?) throws(ChatError) {
        let payload = try EventPayload(payload)
        self.room = try payload.roomID()
        self.after = try payload.count("after")
    }
}
