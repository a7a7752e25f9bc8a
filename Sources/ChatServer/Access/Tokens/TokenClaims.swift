// Licensed under the MIT licence.

import Chat
import NIOCore
import WireJSON

/// What a token whose signature is right says (RFC 7519 §4).
struct TokenClaims {
    private let object: JSONValue

    init(_ bytes: [UInt8]) throws(TokenFlaw) {
        guard let object = try? JSONValue(validating: ByteBuffer(bytes: bytes)), object.kind == .object else {
            throw .malformed
        }
        self.object = object
    }

    /// What the token is worth.
    ///
    /// - Parameters:
    ///   - rules: What it must say.
    ///   - limits: How long a name may be.
    ///   - now: Seconds since 1970.
    /// - Returns: Who its bearer is and may do, and until when.
    /// - Throws: What is wrong with it.
    func grant(_ rules: TokenRules, limits: ChatLimits, now: Int64) throws(TokenFlaw) -> Grant {
        let leeway = Int64(rules.leewaySeconds)
        let expiry = try self.time("exp").map { $0 + leeway }
        if let expiry, now >= expiry { throw .expired }
        for name in ["nbf", "iat"] {
            if let time = try self.time(name), time - leeway > now { throw .notYetValid }
        }
        if let issuer = rules.issuer, self.object.member("iss")?.stringValue != issuer { throw .issuer }
        if let audience = rules.audience, !self.isMeant(for: audience) { throw .audience }
        guard let permissions = RoomPermissions(claim: self.object.member(rules.roomsClaim)) else { throw .rooms }
        return Grant(
            user: try self.user(rules, limits),
            permissions: permissions,
            expiry: expiry,
            isVerified: true
        )
    }

    /// Seconds since 1970 (RFC 7519 §2, "NumericDate"), parts of them dropped; times beyond the year 9999 are that.
    private func time(_ name: String) throws(TokenFlaw) -> Int64? {
        guard let value = self.object.member(name) else { return nil }
        guard value.kind == .number, value.bytes.readableBytes <= 32, let seconds = Double(String(buffer: value.bytes))
        else { throw .malformed }
        return Int64(min(max(seconds.rounded(.down), 0), 253_402_300_799))
    }

    /// A string, or any of several (RFC 7519 §4.1.3).
    private func isMeant(for audience: String) -> Bool {
        guard let value = self.object.member("aud") else { return false }
        return value.isString(audience) || value.elements.contains { $0.isString(audience) }
    }

    /// Many number their users, so that an integer is an id too.
    ///
    /// A name that does not do must not pass for none.
    private func user(_ rules: TokenRules, _ limits: ChatLimits) throws(TokenFlaw) -> ChatUser {
        let id = self.object.member(rules.userClaim)
        let name = self.object.member(rules.nameClaim).flatMap { $0.kind == .null ? nil : $0 }
        guard name == nil || name?.kind == .string,
            let request = try? AuthenticateRequest(
                userID: id?.stringValue ?? id?.intValue.map(String.init),
                username: name?.stringValue,
                token: nil,
                requiresUserID: true,
                limits: limits
            ),
            let user = request.user
        else { throw .user }
        return user
    }
}
