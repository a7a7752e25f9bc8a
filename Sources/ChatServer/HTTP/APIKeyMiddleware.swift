// Licensed under the MIT licence.

import HTTPTypes
import Hummingbird

/// Lets nobody pass without one of the keys, except to where none is taken.
struct APIKeyMiddleware: RouterMiddleware {
    private static let keyField = HTTPField.Name("x-api-key")

    let keys: APIKeys

    func handle(
        _ request: Request,
        context: APIContext,
        next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        // Paths that do not exist take a key as well, so that strangers cannot find out which ones do.
        guard Endpoint(path: request.uri.path)?.takesKey == false || self.admits(request) else {
            throw HTTPFailure.missingKey
        }
        return try await next(request, context)
    }

    private func admits(_ request: Request) -> Bool {
        if let name = Self.keyField, let key = request.headers[name], self.keys.admits(key) { return true }
        guard let token = request.headers[.authorization].flatMap(Self.bearerToken) else { return false }
        return self.keys.admits(token)
    }

    /// The token of `Bearer <token>` (RFC 6750 §2.1); the scheme's case does not matter (RFC 9110 §11.1).
    private static func bearerToken(_ value: String) -> Substring? {
        let parts = value.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return parts[1].trimmingSpaces()
    }
}
