// Licensed under the MIT licence.

import HTTPTypes

/// The contract's table of methods and paths.
enum Endpoint: String, CaseIterable, Sendable {
    case health = "/health"
    case ready = "/ready"
    case postMessage = "/messages"
    case roomMessages = "/rooms/{room_id}/messages"
    case roomUsers = "/rooms/{room_id}/users"
    case userStatus = "/users/{user_id}/status"
    case metrics = "/metrics"
    case openAPI = "/openapi.json"
    case asyncAPI = "/asyncapi.json"

    var method: HTTPRequest.Method { self == .postMessage ? .post : .get }

    /// Whether it takes an API key, if there are any.
    ///
    /// What watches over the server has none.
    var takesKey: Bool { self != .health && self != .ready }

    /// What a key must be for.
    var scope: APIKey.Scope { self == .postMessage ? .send : .read }

    /// What `Allow` says.
    var allowedMethods: [HTTPRequest.Method] {
        self.method == .get ? [.get, .head, .options] : [self.method, .options]
    }

    /// The endpoint at a path, still percent-encoded.
    ///
    /// As the router does it, empty segments do not count.
    init?(path: String) {
        let segments = path.split(separator: "/")
        let found = Self.allCases.first { endpoint in
            let pattern = endpoint.rawValue.split(separator: "/")
            return pattern.count == segments.count
                && zip(pattern, segments).allSatisfy { $0.first == "{" || $0 == $1 }
        }
        guard let found else { return nil }
        self = found
    }
}
