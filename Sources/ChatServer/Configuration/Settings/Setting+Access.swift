// Licensed under the MIT licence.

// Who may connect and post, and as whom.
extension Setting {
    static let jwtSecret = Setting(
        "JWT_SECRET",
        .text("a secret, which should have 32 bytes or more; unset it for none"),
        isSecret: true,
        "the secret of tokens (HS256, HS384, HS512); one of less than 32 bytes can be guessed and is warned about; with this or a file of "
            + "keys, who a client is comes from its token alone"
    )
    static let jwtSecretFile = Setting(
        "JWT_SECRET_FILE",
        .text("the path of a file"),
        "a file with that secret; one with a key in PEM is refused"
    )
    static let jwtPublicKeyFile = Setting(
        "JWT_PUBLIC_KEY_FILE",
        .text("the path of a file"),
        "a PEM file with the public keys of tokens: RSA (RS256, PS256), EC on P-256 (ES256), Ed25519 (EdDSA)"
    )
    static let jwtJWKSFile = Setting(
        "JWT_JWKS_FILE",
        .text("the path of a file"),
        "a JSON Web Key Set with the keys of tokens; these files are read again when they change"
    )
    static let jwtIssuer = Setting("JWT_ISSUER", .text("a text"), "what `iss` of a token must be; unset, anything")
    static let jwtAudience = Setting(
        "JWT_AUDIENCE",
        .text("a text"),
        "what `aud` of a token must be or contain; unset, anything"
    )
    static let jwtLeeway = Setting(
        "JWT_LEEWAY",
        .seconds(0...3_600),
        default: "30",
        "how far the clock of whoever makes tokens may differ"
    )
    static let jwtUserClaim = Setting(
        "JWT_USER_CLAIM",
        .text("the name of a claim"),
        default: "sub",
        "the claim of a token with the user's id"
    )
    static let jwtNameClaim = Setting(
        "JWT_NAME_CLAIM",
        .text("the name of a claim"),
        default: "name",
        "the claim with the user's name"
    )
    static let jwtRoomsClaim = Setting(
        "JWT_ROOMS_CLAIM",
        .text("the name of a claim"),
        default: "rooms",
        "the claim that says which rooms the user may join, send to and read"
    )

    private static let keyForms =
        "keys of printable ASCII, separated by commas, each as key, name:key or name:key:scopes; unset it for none"
    static let apiKeys = Setting(
        "API_KEYS",
        .text(keyForms),
        isSecret: true,
        "keys for the REST interface, separated by commas: `key`, `name:key` or `name:key:scopes`, with scopes of `send`, `read`, "
            + "`admin` joined by `+` (without, all); in place of the key may stand `sha256:` and its digest; unset leaves it open"
    )
    static let apiKeysFile = Setting(
        "API_KEYS_FILE",
        .text("the path of a file with keys"),
        "a file with those keys; read again when it changes"
    )

    static let trustedProxies = Setting(
        "TRUSTED_PROXIES",
        .text("addresses and networks such as 10.0.0.0/8, separated by commas, or private for all private ones"),
        "the proxies whose word counts on where a client is, by `X-Forwarded-For`: addresses and networks (`10.0.0.0/8`) separated by "
            + "commas, or `private` for all private ones; unset, none"
    )
    static let proxyProtocol = Setting(
        "PROXY_PROTOCOL",
        .toggle,
        default: "off",
        "whether connections of `TRUSTED_PROXIES` begin with the header of the PROXY protocol, version 1 or 2"
    )
    static let handshakesPerAddress = Setting(
        "HANDSHAKES_PER_ADDRESS",
        .integer(1...1_000_000),
        default: "100",
        "how many connections a client address (of IPv6 a /64) may open a second, and five times as many at once"
    )
    static let connectionsPerAddress = Setting(
        "CONNECTIONS_PER_ADDRESS",
        .integer(1...10_000_000),
        default: "10000",
        "how many connections a client address may have"
    )
}
