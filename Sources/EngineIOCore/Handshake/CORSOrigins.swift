// Licensed under the MIT licence.

/// The web pages that may connect, by their origin (`https://chat.example`).
///
/// Browsers enforce this for polling, by the headers of the answer, but only for what their pages get to see. They do not for
/// WebSockets (RFC 6455 §10.2). So the server refuses both.
public enum CORSOrigins: Sendable, Hashable {
    /// All; the request's origin is reflected in the answer.
    case any
    /// These alone, each written as browsers do: scheme, `://`, host in lower case, `:` and port if not the scheme's
    /// own, and no slash at the end.
    case only(Set<String>)

    /// Whether a page of this origin may connect.
    ///
    /// - Parameter origin: The value of the `Origin` header; `nil` (not a browser) may always connect.
    /// - Returns: Whether it may.
    public func allows(_ origin: String?) -> Bool {
        guard let origin else { return true }
        return switch self {
        case .any: true
        case .only(let origins): origins.contains(origin)
        }
    }
}
