// Licensed under the MIT licence.

import Chat

/// Why a token is refused.
enum TokenFlaw: String, Error, Sendable {
    /// It is no signed token in compact form (RFC 7515 §7.1).
    case malformed
    /// It is signed in a way that is not accepted, or not at all.
    case algorithm
    /// It demands what is not understood.
    case critical
    /// No key fits what it names.
    case unknownKey
    /// The signature is not that of the key.
    case signature
    /// Its time is over.
    case expired
    /// Its time has not come, or it was issued in the future.
    case notYetValid
    /// It was issued by somebody else.
    case issuer
    /// It is meant for somebody else.
    case audience
    /// It names no user.
    case user
    /// What it says about rooms makes no sense.
    case rooms

    /// What the client is told: when the token was right once, what to do; otherwise nothing that would help to make one.
    var chatError: ChatError {
        switch self {
        case .expired: .tokenExpired
        case .notYetValid: ChatError(.invalidToken, "The token is not valid yet.")
        default: ChatError(.invalidToken, "The token is not valid here.")
        }
    }
}

extension ChatError {
    static let tokenExpired = Self(.invalidToken, "The token has expired.")
    static let tokenMissing = Self(.invalidToken, "token is required.")
}
