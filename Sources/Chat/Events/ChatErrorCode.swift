// Licensed under the MIT licence.

/// The contract's error codes, as they stand on the wire.
package enum ChatErrorCode: String, CaseIterable, Sendable {
    /// The event needs an identity and the socket has none yet.
    case notAuthenticated = "NOT_AUTHENTICATED"
    /// A socket keeps the identity it has.
    case alreadyAuthenticated = "ALREADY_AUTHENTICATED"
    /// Not one JSON object, or a field of the wrong type or size that has no code of its own.
    case invalidPayload = "INVALID_PAYLOAD"
    /// `authenticate` without a `user_id`.
    case missingUserID = "MISSING_USER_ID"
    /// The token was refused.
    case invalidToken = "INVALID_TOKEN"
    /// No `room_id`, or one that is not a string.
    case missingRoomID = "MISSING_ROOM_ID"
    /// A `room_id` that is empty, longer than 128 bytes or has control characters.
    case invalidRoomID = "INVALID_ROOM_ID"
    /// This user may not do this.
    case forbidden = "FORBIDDEN"
    /// The socket is not in the room.
    case notRoomMember = "NOT_ROOM_MEMBER"
    /// `content` missing, blank or too long.
    case invalidContent = "INVALID_CONTENT"
    /// No `target_user_id`.
    case missingTargetUserID = "MISSING_TARGET_USER_ID"
    /// Too much in too little time.
    case rateLimited = "RATE_LIMITED"
    /// The socket is in as many rooms as it may be.
    case tooManyRooms = "TOO_MANY_ROOMS"
    /// The store cannot be reached or cannot write; worth trying again.
    case unavailable = "UNAVAILABLE"
    /// Our fault.
    case `internal` = "INTERNAL"
}
