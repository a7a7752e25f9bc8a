// Licensed under the MIT licence.

package import WireJSON

/// What `subscribe_status` and `unsubscribe_status` ask for: `{"target_user_id":"u2"}`.
package struct StatusRequest: Equatable, Sendable {
    /// The user to watch, known or not.
    package let target: UserID

    /// - Throws: `MISSING_TARGET_USER_ID` (missing, empty, no string), `INVALID_PAYLOAD` (too long, control characters).
    package init(decoding payload: JSONValue?) throws(ChatError) {
        self.target = try EventPayload(payload).userID("target_user_id", missing: .missingTargetUserID)
    }
}
