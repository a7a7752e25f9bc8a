// Licensed under the MIT licence.

import JWTKit

/// A key that signatures of tokens are checked with.
struct TokenKey: Sendable {
    /// What tokens call it (`kid`); nothing if it has no name.
    let id: String?
    /// Whether it is a secret so short that it can be guessed.
    let isWeak: Bool
    private let checks: [TokenAlgorithm: any JWTAlgorithm]

    private init(id: String?, isWeak: Bool = false, _ checks: [TokenAlgorithm: any JWTAlgorithm]) {
        self.id = id
        self.isWeak = isWeak
        self.checks = checks
    }

    /// What it is for.
    var algorithms: Set<TokenAlgorithm> { Set(self.checks.keys) }

    /// Whether a signature was made with this key, or the other half of it; false for an algorithm that the key is not for.
    func signed(_ bytes: [UInt8], signature: [UInt8], by algorithm: TokenAlgorithm) -> Bool {
        (try? self.checks[algorithm]?.verify(signature, signs: bytes)) ?? false
    }

    /// The same key for some of its algorithms; nothing if it is for none of them.
    func only(_ algorithms: Set<TokenAlgorithm>) -> TokenKey? {
        let checks = self.checks.filter { algorithms.contains($0.key) }
        return checks.isEmpty ? nil : TokenKey(id: self.id, isWeak: self.isWeak, checks)
    }
}

// One collection for each, since a collection has one key that it takes for tokens without names.
extension TokenKey {
    /// A secret that both sides have.
    ///
    /// - Throws: ``TokenKeyFlaw``, if it is the text of a public key, which others have as well.
    static func secret(_ bytes: [UInt8], id: String? = nil) async throws -> TokenKey {
        guard !["-----BEGIN ", #""kty""#].contains(where: { bytes.firstRange(of: Array($0.utf8)) != nil }) else {
            throw TokenKeyFlaw.keyAsSecret
        }
        // jwt-kit stops the process over secrets shorter than the hash. HMAC itself fills them with zeros (RFC 2104 §2), so
        // filling them here changes no signature: the blocks of all three hashes have 64 bytes or more.
        let filled = bytes + Array(repeating: 0, count: max(0, 64 - bytes.count))
        let key = HMACKey(from: filled)
        return TokenKey(
            id: id,
            isWeak: SecretLength.isShort(bytes),
            [
                .hs256: try await JWTKeyCollection().add(hmac: key, digestAlgorithm: .sha256).getKey(),
                .hs384: try await JWTKeyCollection().add(hmac: key, digestAlgorithm: .sha384).getKey(),
                .hs512: try await JWTKeyCollection().add(hmac: key, digestAlgorithm: .sha512).getKey(),
            ]
        )
    }

    static func rsa(_ key: Insecure.RSA.PublicKey, id: String? = nil) async throws -> TokenKey {
        TokenKey(
            id: id,
            [
                .rs256: try await JWTKeyCollection().add(rsa: key, digestAlgorithm: .sha256).getKey(),
                .ps256: try await JWTKeyCollection().add(pss: key, digestAlgorithm: .sha256).getKey(),
            ]
        )
    }

    static func p256(_ key: ES256PublicKey, id: String? = nil) async throws -> TokenKey {
        TokenKey(id: id, [.es256: try await JWTKeyCollection().add(ecdsa: key).getKey()])
    }

    static func ed25519(_ key: EdDSA.PublicKey, id: String? = nil) async throws -> TokenKey {
        TokenKey(id: id, [.edDSA: try await JWTKeyCollection().add(eddsa: key).getKey()])
    }
}
