// Licensed under the MIT licence.

/// Who speaks: the identity that one or more sockets have authenticated as.
package struct ChatUser: Hashable, Sendable {
    /// The id, which alone tells users apart.
    package let id: UserID
    /// The name to show.
    ///
    /// Two sockets of one user may have given different ones.
    package let name: ExactText

    /// A user; without a name, under the contract's default, `user_<user_id>`.
    package init(id: UserID, name: ExactText? = nil) {
        self.id = id
        self.name = name ?? ExactText("user_\(id.string)")
    }
}
