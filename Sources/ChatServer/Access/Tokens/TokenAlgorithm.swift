// Licensed under the MIT licence.

/// How a token may be signed (RFC 7518 §3.1, RFC 8037 §3.1).
///
/// What is not here, `none` above all, is refused. A token's word is never enough: the key says which of these it is for.
enum TokenAlgorithm: String, CaseIterable, Sendable {
    case hs256 = "HS256"
    case hs384 = "HS384"
    case hs512 = "HS512"
    case rs256 = "RS256"
    case ps256 = "PS256"
    case es256 = "ES256"
    case edDSA = "EdDSA"
}
