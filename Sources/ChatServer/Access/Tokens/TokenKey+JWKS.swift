// Licensed under the MIT licence.

import EngineIOCore
import JWTKit
import NIOCore
import WireJSON

extension TokenKey {
    /// The keys in a JSON Web Key Set (RFC 7517 §5): `{"keys":[{"kty":"EC","crv":"P-256","x":"…","y":"…","kid":"k1"}]}`.
    ///
    /// Keys that are for something else (`use`, `alg`), or of a kind that is not known here, are left out, as §5 demands; so are private
    /// halves.
    /// - Throws: ``TokenKeyFlaw``: no set, too many keys, or none that does.
    static func all(inJWKS text: ByteBuffer) async throws -> [TokenKey] {
        guard let set = try? JSONValue(validating: text), let list = set.member("keys"), list.kind == .array else {
            throw TokenKeyFlaw(#"it is no JSON Web Key Set: {"keys":[…]}"#)
        }
        var keys: [TokenKey] = []
        for (index, value) in list.elements.enumerated() {
            guard index < TokenKeys.maximumCount else { throw .tooManyKeys }
            if let key = try await self.key(value) { keys.append(key) }
        }
        guard !keys.isEmpty else { throw TokenKeyFlaw("it holds no key that does") }
        return keys
    }

    private static func key(_ value: JSONValue) async throws -> TokenKey? {
        let text = { (name: String) in value.member(name)?.stringValue }
        guard text("use") ?? "sig" == "sig" else { return nil }
        guard let key = try await self.key(kind: text("kty"), id: text("kid"), text) else { return nil }
        guard let name = value.member("alg") else { return key }
        return name.stringValue.flatMap(TokenAlgorithm.init(rawValue:)).flatMap { key.only([$0]) }
    }

    private static func key(kind: String?, id: String?, _ text: (String) -> String?) async throws -> TokenKey? {
        switch (kind, text("crv")) {
        case ("oct", _):
            guard let secret = text("k").flatMap({ Base64URL.decode($0.utf8) }), !secret.isEmpty else { return nil }
            return try await .secret(secret, id: id)
        case ("RSA", _):
            guard let modulus = text("n"), let exponent = text("e"),
                let key = try? Insecure.RSA.PublicKey(modulus: modulus, exponent: exponent)
            else { return nil }
            return try await .rsa(key, id: id)
        case ("EC", "P-256"):
            guard let x = text("x"), let y = text("y"), let key = try? ES256PublicKey(parameters: (x: x, y: y)) else {
                return nil
            }
            return try await .p256(key, id: id)
        case ("OKP", "Ed25519"):
            guard let x = text("x"), let key = try? EdDSA.PublicKey(x: x, curve: .ed25519) else { return nil }
            return try await .ed25519(key, id: id)
        default:
            return nil
        }
    }
}
