// Licensed under the MIT licence.

import Chat

/// What a token must say, and where it says who its user is (`JWT_…`).
struct TokenRules: Equatable, Sendable {
    /// What `iss` must be; nothing for anybody.
    var issuer: String?
    /// What `aud` must be or contain; nothing for anything.
    var audience: String?
    /// How far clocks may differ.
    var leewaySeconds = 30
    /// The claim with the user's id.
    var userClaim = "sub"
    /// The claim with the user's name.
    var nameClaim = "name"
    /// The claim with the rooms.
    var roomsClaim = "rooms"
}
