// Licensed under the MIT licence.

package import WireJSON

/// What `read` says: `{"room_id":"r1","seq":41}`, everything up to there has been read.
package struct ReadRequest: Equatable, Sendable {
    /// The room.
    package let room: RoomID
    /// The last `seq` read.
    ///
    /// If it lies beyond the room's last one, that is what counts.
    package let seq: Int

    /// - Throws: `INVALID_PAYLOAD` (also for a `seq` that is missing or no integer from 0 up), `MISSING_ROOM_ID`,
    ///   `INVALID_ROOM_ID`.
    package init(decoding payload: JSONValue?) throws(ChatError) {
        let payload = try EventPayload(payload)
        self.room = try payload.roomID()
        guard let seq = try payload.count("seq") else { throw .wrongType("seq", "an integer from 0 up") }
        self.seq = seq
    }
}
