// Licensed under the MIT licence.

import Chat
import NIOCore
import SocketIOTesting
import Testing

@testable import ChatServer

@Suite struct TokenVerifierTests {
    private static let now: Int64 = 1_700_000_000
    private let maker = TokenMaker()

    private func verifier(_ rules: TokenRules = TokenRules(), _ keys: [TokenKey]? = nil) async throws -> TokenVerifier {
        let verifier = TokenVerifier(rules, limits: ChatLimits())
        let own = try await [TokenKey.secret(Array(self.maker.secret.utf8))]
        verifier.use(TokenKeys(keys ?? own))
        return verifier
    }

    private func flaw(
        _ token: String,
        _ rules: TokenRules = TokenRules(),
        _ keys: [TokenKey]? = nil
    ) async throws
        -> TokenFlaw?
    {
        do {
            _ = try await self.verifier(rules, keys).grant(token, now: Self.now)
            return nil
        } catch let flaw as TokenFlaw {
            return flaw
        }
    }

    // MARK: Algorithms and keys

    @Test("each algorithm, signed by another implementation", arguments: TokenAlgorithm.allCases)
    func algorithms(algorithm: TokenAlgorithm) async throws {
        let vectors = try TokenVectors()
        let keys = try await TokenKey.all(inPEM: vectors.pem) + [.secret(Array(vectors.secret.utf8))]
        let token = vectors.text("tokens", algorithm.rawValue)
        let grant = try await self.verifier(keys: keys).grant(token, now: Self.now)
        #expect(grant.user == ChatUser(id: try UserID("u1"), name: ExactText("Ann")))
        #expect(grant.expiry == 2_000_000_030)
        #expect(grant.isVerified && grant.permissions.isEverything)
        // Another byte in the signature.
        let end = token.index(token.endIndex, offsetBy: -8)
        let broken = token[..<end] + (token[end...] == "AAAAAAAA" ? "BBBBBBBB" : "AAAAAAAA")
        #expect(try await self.flaw(String(broken), keys: keys) != nil)
    }

    @Test("a token that names its key is checked with that one", arguments: ["HS256", "RS256", "ES256", "EdDSA"])
    func namedKeys(algorithm: String) async throws {
        let vectors = try TokenVectors()
        let keys = try await TokenKey.all(inJWKS: vectors.keySet())
        #expect(try await self.flaw(vectors.text("named", algorithm), keys: keys) == nil)
        // The same keys by other names.
        let renamed = try await TokenKey.all(
            inJWKS: vectors.keySet { $0.replacing(#""kid": ""#, with: #""kid": "not-"#) }
        )
        #expect(renamed.allSatisfy { $0.id?.hasPrefix("not-") ?? false })
        #expect(try await self.flaw(vectors.text("named", algorithm), keys: renamed) == .unknownKey)
        // One that names none leaves no doubt as long as one key fits.
        #expect(try await self.flaw(vectors.text("tokens", algorithm), keys: renamed) == nil)
        #expect(try await self.flaw(vectors.text("tokens", algorithm), keys: keys + renamed) == .unknownKey)
    }

    @Test("alg none is refused", arguments: ["none", "None", "NONE", "nOnE", "", "HS1", "RS384", "hs256"])
    func unsigned(algorithm: String) async throws {
        let token = self.maker.token(header: #"{"alg":"\#(algorithm)"}"#, #"{"sub":"u1"}"#)
        #expect(try await self.flaw(token) == .algorithm)
        let unsigned = token.split(separator: ".").prefix(2).joined(separator: ".") + "."
        #expect(try await self.flaw(unsigned) == .algorithm)
    }

    @Test("a public key's text is no secret (HS/RS swap)", arguments: ["RSA", "EC", "Ed25519"])
    func confusion(key: String) async throws {
        let vectors = try TokenVectors()
        let keys = try await TokenKey.all(inPEM: vectors.text("pem", key))
        #expect(try await self.flaw(vectors.text("confused", key), keys: keys) == .unknownKey)
        let withSecret = try await keys + [TokenKey.secret(Array(vectors.secret.utf8))]
        #expect(try await self.flaw(vectors.text("confused", key), keys: withSecret) == .signature)
        await #expect(throws: TokenKeyFlaw.keyAsSecret) {
            try await TokenKey.secret(Array(vectors.text("pem", key).utf8))
        }
    }

    @Test("a key that is for one algorithm is for no other of its kind")
    func keysForOneAlgorithm() async throws {
        let vectors = try TokenVectors()
        let set = vectors.keySet { $0.replacing(#""kty": "RSA","#, with: #""kty": "RSA", "alg": "PS256","#) }
        let keys = try await TokenKey.all(inJWKS: set)
        #expect(try await self.flaw(vectors.text("tokens", "PS256"), keys: keys) == nil)
        #expect(try await self.flaw(vectors.text("tokens", "RS256"), keys: keys) == .unknownKey)
    }

    @Test("a secret that is shorter than the hash works and stops nothing")
    func shortSecrets() async throws {
        let token = TokenMaker(secret: "s").token(#"{"sub":"u1"}"#)
        #expect(try await self.flaw(token, keys: [.secret([UInt8(ascii: "s")])]) == nil)
        #expect(try await self.flaw(token, keys: [.secret([UInt8(ascii: "t")])]) == .signature)
    }

    @Test(
        "headers that ask for more",
        arguments: [
            (#"{"alg":"HS256","crit":["exp"],"exp":1}"#, TokenFlaw.critical),
            (#"{"alg":"HS256","crit":[]}"#, .critical), (#"{"alg":"HS256","crit":["b64"],"b64":false}"#, .critical),
            (#"{"alg":"HS256","kid":1}"#, .malformed), (#"{"alg":["HS256"]}"#, .algorithm), (#"{}"#, .algorithm),
            (#"["HS256"]"#, .malformed), (#"null"#, .malformed), (#"{"alg":"HS256""#, .malformed), ("", .malformed),
            (#"{"alg":"none","alg":"none"}"#, .algorithm),
        ]
    )
    func headers(header: String, flaw: TokenFlaw) async throws {
        #expect(try await self.flaw(self.maker.token(header: header, #"{"sub":"u1"}"#)) == flaw)
    }

    @Test(
        "keys that a token brings or names by address are not used",
        arguments: [
            #"{"alg":"HS256","jku":"http://127.0.0.1:1/keys"}"#, #"{"alg":"HS256","x5u":"file:///dev/zero"}"#,
            #"{"alg":"HS256","jwk":{"kty":"oct","k":"b3duIGtleQ"}}"#, #"{"alg":"HS256","kid":"../../../dev/null"}"#,
            #"{"alg":"HS256","kid":"' OR 1=1 --"}"#, #"{"alg":"HS256","x5c":["AAAA"]}"#,
        ]
    )
    func keysInHeaders(header: String) async throws {
        let token = TokenMaker(secret: "own key").token(header: header, #"{"sub":"u1"}"#)
        #expect(try await self.flaw(token) == .signature)
        #expect(try await self.flaw(self.maker.token(header: header, #"{"sub":"u1"}"#)) == nil)
    }

    @Test(
        "texts that are no tokens",
        arguments: [
            "", ".", "..", "...", "a.b", "a.b.c.d", "a.b.c.d.e", "eyJhbGciOiJIUzI1NiJ9..", " ", "\0", "é.é.é",
            "e30=.e30=.e30=", "e30.e30.e30", "eyJhbGciOiJIUzI1NiJ9 .e30.e30", "a.a.a",
        ]
    )
    func garbage(token: String) async throws {
        let flaw = try await self.flaw(token)
        #expect(flaw == .malformed || flaw == .algorithm || flaw == .signature)
    }

    @Test("a token longer than is taken is not looked at")
    func longTokens() async throws {
        let claims = #"{"sub":"u1","x":"\#(String(repeating: "x", count: 20_000))"}"#
        #expect(try await self.flaw(self.maker.token(claims)) == .malformed)
    }

    @Test("any change of a token makes it worthless")
    func mutations() async throws {
        var random = SeededGenerator()
        let verifier = try await self.verifier()
        let token = Array(self.maker.token(#"{"sub":"u1","name":"Ann"}"#).utf8)
        let alphabet = Array("ABCxyz019-_.= ".utf8)
        for _ in 0..<500 {
            var changed = token
            changed[Int.random(in: changed.indices, using: &random)] = alphabet.randomElement(using: &random) ?? 0
            guard changed != token else { continue }
            #expect(throws: TokenFlaw.self, "seed \(random.seed)") {
                try verifier.grant(String(decoding: changed, as: UTF8.self), now: Self.now)
            }
        }
    }

    // MARK: Claims

    @Test(
        "times, with the leeway of 30 seconds",
        arguments: [
            (#""exp":1700000001"#, nil), (#""exp":1699999971"#, nil), (#""exp":1699999970"#, .expired),
            (#""exp":0"#, .expired),
            (#""exp":-1"#, .expired), (#""exp":1.7e9"#, nil), (#""exp":1e400"#, nil),
            (#""exp":"1800000000""#, .malformed),
            (#""exp":null"#, .malformed), (#""exp":true"#, .malformed),
            (#""exp":99999999999999999999999999999999999"#, .malformed),
            (#""nbf":1700000030"#, nil), (#""nbf":1700000031"#, .notYetValid), (#""iat":1700000030"#, nil),
            (#""iat":1700000031"#, .notYetValid), (#""nbf":0,"iat":0"#, nil), (#""nbf":"now""#, .malformed),
        ] as [(String, TokenFlaw?)]
    )
    func times(claims: String, flaw: TokenFlaw?) async throws {
        #expect(try await self.flaw(self.maker.token(#"{"sub":"u1",\#(claims)}"#)) == flaw)
    }

    @Test(
        "issuer and audience, where they are demanded",
        arguments: [
            (#""iss":"i","aud":"a""#, nil), (#""iss":"i","aud":["b","a"]"#, nil), (#""aud":"a""#, .issuer),
            (#""iss":"I","aud":"a""#, .issuer), (#""iss":["i"],"aud":"a""#, .issuer), (#""iss":"i""#, .audience),
            (#""iss":"i","aud":"b""#, .audience), (#""iss":"i","aud":[]"#, .audience),
            (#""iss":"i","aud":{"a":1}"#, .audience),
            (#""iss":"i","aud":"ab""#, .audience),
        ] as [(String, TokenFlaw?)]
    )
    func issuerAndAudience(claims: String, flaw: TokenFlaw?) async throws {
        var rules = TokenRules()
        rules.issuer = "i"
        rules.audience = "a"
        #expect(try await self.flaw(self.maker.token(#"{"sub":"u1",\#(claims)}"#), rules) == flaw)
    }

    @Test(
        "who the user is",
        arguments: [
            (#"{"sub":"u1","name":"Ann"}"#, "u1", "Ann"), (#"{"sub":"u1"}"#, "u1", "user_u1"),
            (#"{"sub":7,"name":null}"#, "7", "user_7"), (#"{"sub":"u1","name":""}"#, "u1", "user_u1"),
            (#"{"sub":"ü/1","user_id":"other","username":"Other"}"#, "ü/1", "user_ü/1"),
        ]
    )
    func users(claims: String, id: String, name: String) async throws {
        let grant = try await self.verifier().grant(self.maker.token(claims), now: Self.now)
        #expect(grant.user.id.string == id)
        #expect(grant.user.name == ExactText(name))
    }

    @Test(
        "tokens that name nobody",
        arguments: [
            #"{}"#, #"{"sub":""}"#, #"{"sub":null}"#, #"{"sub":["u1"]}"#, #"{"sub":1.5}"#, #"{"sub":"a\nb"}"#,
            #"{"sub":"u1","name":7}"#, #"{"sub":"u1","name":"a\u0000b"}"#, #"{"user_id":"u1"}"#,
        ]
    )
    func nobody(claims: String) async throws {
        #expect(try await self.flaw(self.maker.token(claims)) == .user)
    }

    @Test("claims by other names")
    func otherClaims() async throws {
        var rules = TokenRules()
        rules.userClaim = "uid"
        rules.nameClaim = "nick"
        rules.roomsClaim = "channels"
        let token = self.maker.token(#"{"sub":"x","uid":12,"nick":"A","channels":["a"],"rooms":["b"]}"#)
        let grant = try await self.verifier(rules).grant(token, now: Self.now)
        #expect(grant.user == ChatUser(id: try UserID("12"), name: ExactText("A")))
        #expect(try grant.permissions.mayJoin(RoomID("a")))
        #expect(try !grant.permissions.mayJoin(RoomID("b")))
    }
}

extension TokenVerifierTests {
    private func verifier(keys: [TokenKey]) async throws -> TokenVerifier {
        try await self.verifier(TokenRules(), keys)
    }

    private func flaw(_ token: String, keys: [TokenKey]) async throws -> TokenFlaw? {
        try await self.flaw(token, TokenRules(), keys)
    }
}
