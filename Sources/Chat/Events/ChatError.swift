// Licensed under the MIT licence.

/// Why an event was refused: what its sender is told, and nothing else.
package struct ChatError: Error, Equatable, Sendable {
    /// For programs.
    package let code: ChatErrorCode
    /// For people: one sentence in English.
    ///
    /// Never holds what the peer sent.
    package let sentence: String

    /// An error of our own wording.
    package init(_ code: ChatErrorCode, _ sentence: String) {
        self.code = code
        self.sentence = sentence
    }
}

extension ChatError {
    static let notAnObject = Self(.invalidPayload, "The payload must be one JSON object.")
    static let missingUserID = Self(.missingUserID, "user_id must be a string of at least one character.")
    static let missingRoomID = Self(.missingRoomID, "room_id is required.")
    static let invalidRoomID = Self(
        .invalidRoomID,
        "room_id must be a string of 1 to 128 bytes without control characters."
    )
    static let missingTargetUserID = Self(
        .missingTargetUserID,
        "target_user_id must be a string of at least one character."
    )
    static let invalidContent = Self(.invalidContent, "content must be a string that is not blank.")

    /// The store failed while it was asked something.
    package static let unavailable = Self(.unavailable, "The server cannot reach its store; try again.")
    /// The store failed when a room was to be read for a socket that is not in it now.
    package static let notLetIn = Self(
        .unavailable,
        "The server cannot reach its store, and this socket is not in the room now; join again."
    )
    /// An event that needs an identity came before one was given.
    package static let notAuthenticated = Self(.notAuthenticated, "Authenticate first.")
    /// A second identity was offered.
    package static let alreadyAuthenticated = Self(.alreadyAuthenticated, "This socket has authenticated already.")
    /// The socket is not in the room that the event names.
    package static let notRoomMember = Self(.notRoomMember, "This socket is not in the room.")
    /// More events or bytes than the rate limits allow.
    package static let rateLimited = Self(.rateLimited, "Too many events; slow down.")
    /// An event that the contract does not have.
    package static let unknownEvent = Self(.invalidPayload, "There is no such event.")

    static func tooLong(_ field: String, maximumBytes: Int) -> Self {
        Self(.invalidPayload, "\(field) must be at most \(maximumBytes) bytes long and free of control characters.")
    }

    static func wrongType(_ field: String, _ expected: String) -> Self {
        Self(.invalidPayload, "\(field) must be \(expected).")
    }
}
