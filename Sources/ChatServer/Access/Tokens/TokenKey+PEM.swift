// Licensed under the MIT licence.

import JWTKit

extension TokenKey {
    /// The public keys in PEM text, one or several: RSA of 2,048 bits or more, EC on P-256, Ed25519, or certificates of the first
    /// two.
    ///
    /// - Throws: ``TokenKeyFlaw``, with any key that does not do.
    static func all(inPEM text: String) async throws -> [TokenKey] {
        let blocks = text.split(separator: "-----BEGIN ", omittingEmptySubsequences: false).dropFirst()
        guard !blocks.isEmpty else { throw TokenKeyFlaw("it holds no PEM") }
        guard blocks.count <= TokenKeys.maximumCount else { throw .tooManyKeys }
        var keys: [TokenKey] = []
        for block in blocks {
            let label = block.prefix { $0 != "-" }
            let pem = "-----BEGIN " + block
            guard !label.contains("PRIVATE") else {
                throw TokenKeyFlaw(
                    "it holds a private key, which belongs to whoever makes the tokens; the public one goes here"
                )
            }
            guard let key = try await label == "CERTIFICATE" ? self.certified(pem) : self.plain(pem) else {
                throw TokenKeyFlaw("it takes RSA keys of 2048 bits or more, EC keys on P-256, and Ed25519 keys")
            }
            keys.append(key)
        }
        return keys
    }

    private static func plain(_ pem: String) async throws -> TokenKey? {
        if let key = try? Insecure.RSA.PublicKey(pem: pem) { return try await .rsa(key) }
        if let key = try? ES256PublicKey(pem: pem) { return try await .p256(key) }
        if let key = try? EdDSA.PublicKey(pem: pem) { return try await .ed25519(key) }
        return nil
    }

    private static func certified(_ pem: String) async throws -> TokenKey? {
        if let key = try? Insecure.RSA.PublicKey(certificatePEM: pem) { return try await .rsa(key) }
        if let key = try? ES256PublicKey(certificate: pem) { return try await .p256(key) }
        return nil
    }
}

/// Why keys cannot be used: what is wrong, to be written behind the file's name, without any of what is in it.
struct TokenKeyFlaw: Error, Equatable {
    let reason: String

    init(_ reason: String) {
        self.reason = reason
    }
}

extension Error where Self == TokenKeyFlaw {
    static var tooManyKeys: TokenKeyFlaw { TokenKeyFlaw("it holds more than \(TokenKeys.maximumCount) keys") }

    static var keyAsSecret: TokenKeyFlaw {
        TokenKeyFlaw(
            "it holds a key in PEM or JSON where a secret belongs, and whoever has a public key could make tokens with it; "
                + "PEM goes into JWT_PUBLIC_KEY_FILE, a key set into JWT_JWKS_FILE"
        )
    }
}
