// Licensed under the MIT licence.

import Chat
import EngineIOCore
import Synchronization

/// Checks tokens: JSON Web Tokens, signed, in compact form (RFC 7519, RFC 7515 §7.1).
///
/// What is signed is not looked at before the signature was found good. May be used from anywhere, but not from an event loop: a
/// signature can take a tenth of a millisecond.
final class TokenVerifier: Sendable {
    private let rules: TokenRules
    private let limits: ChatLimits
    private let keys = Mutex(TokenKeys([]))

    /// Without keys, which refuses every token.
    init(_ rules: TokenRules, limits: ChatLimits) {
        self.rules = rules
        self.limits = limits
    }

    /// Takes these keys in place of all others.
    func use(_ keys: TokenKeys) {
        self.keys.withLock { $0 = keys }
    }

    /// What a token is worth at a time, in seconds since 1970.
    func grant(_ token: String, now: Int64) throws(TokenFlaw) -> Grant {
        guard token.utf8.count <= self.limits.maximumTokenBytes else { throw .malformed }
        let parts = token.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Base64URL.decode(parts[0]), let claims = Base64URL.decode(parts[1]),
            let signature = Base64URL.decode(parts[2])
        else { throw .malformed }
        let said = try TokenHeader(header)
        let candidates = self.keys.withLock { $0 }.candidates(for: said.algorithm, id: said.keyID)
        guard !candidates.isEmpty else { throw .unknownKey }
        let signed = Array(token.utf8.prefix(parts[0].count + 1 + parts[1].count))
        guard candidates.contains(where: { $0.signed(signed, signature: signature, by: said.algorithm) }) else {
            throw .signature
        }
        return try TokenClaims(claims).grant(self.rules, limits: self.limits, now: now)
    }
}
