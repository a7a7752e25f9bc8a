// Licensed under the MIT licence.

package import WireJSON

/// What `authenticate` asks for, and the `auth` object of a handshake: `{"user_id":"u1","username":"Ann","token":"…"}`.
package struct AuthenticateRequest: Equatable, Sendable {
    /// The identity claimed.
    ///
    /// Only what ``init(decoding:requiresUserID:limits:)`` was told to demand is sure to be there.
    package let userID: UserID?
    /// The name claimed; nil for the default.
    package let username: ExactText?
    /// The token, never looked into here.
    package let token: String?

    /// The user claimed, under its default name if none was given; nil without a `user_id`.
    package var user: ChatUser? { self.userID.map { ChatUser(id: $0, name: self.username) } }

    /// - Parameters:
    ///   - payload: The event's first argument.
    ///   - requiresUserID: True in open mode; with tokens the id comes from the token and `user_id` is only a claim.
    ///   - limits: How long each field may be.
    /// - Throws: `INVALID_PAYLOAD`, `MISSING_USER_ID`, `INVALID_TOKEN` (no string, or too long).
    package init(decoding payload: JSONValue?, requiresUserID: Bool, limits: ChatLimits) throws(ChatError) {
        let payload = try EventPayload(payload)
        if requiresUserID || payload.field("user_id") != nil {
            self.userID = try payload.userID("user_id", missing: .missingUserID)
        } else {
            self.userID = nil
        }
        self.username = try payload.username(maximumBytes: limits.maximumUsernameBytes)
        if let token = payload.field("token") {
            guard let text = token.text(maximumBytes: limits.maximumTokenBytes) else {
                throw ChatError(.invalidToken, "token must be a string of at most \(limits.maximumTokenBytes) bytes.")
            }
            self.token = text
        } else {
            self.token = nil
        }
    }

    /// The same from the fields of a query, as the handshake of a Socket.IO v2 client carries them.
    ///
    /// - Throws: As ``init(decoding:requiresUserID:limits:)``.
    package init(
        userID: String?,
        username: String?,
        token: String?,
        requiresUserID: Bool,
        limits: ChatLimits
    ) throws(ChatError) {
        // One set of rules: the fields are put into the object that the event would have carried.
        let object = JSONObjectWriter.object { writer in
            if let userID { writer.string("user_id", ExactText(userID)) }
            if let username { writer.string("username", ExactText(username)) }
            if let token { writer.string("token", ExactText(token)) }
        }
        guard let payload = try? JSONValue(validating: object) else { throw .notAnObject }
        try self.init(decoding: payload, requiresUserID: requiresUserID, limits: limits)
    }
}
