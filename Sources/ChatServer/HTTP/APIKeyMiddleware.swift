// Licensed under the MIT licence.

import HTTPTypes
import Hummingbird
import Logging

/// Lets nobody pass without one of the keys, except to where none is taken, nor with a key that is not for what is asked.
struct APIKeyMiddleware: RouterMiddleware {
    private static let keyField = HTTPField.Name("x-api-key")

    let keys: APIKeyring

    func handle(
        _ request: Request,
        context: APIContext,
        next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        // Paths that do not exist take a key as well, so that strangers cannot find out which ones do.
        let endpoint = Endpoint(path: request.uri.path)
        guard endpoint?.takesKey ?? true else { return try await next(request, context) }
        guard let key = self.key(of: request) else { throw HTTPFailure.missingKey }
        context.key.found(key)
        var context = context
        context.logger[metadataKey: "api.key"] = "\(key.name)"
        if let scope = endpoint?.scope, !key.allows(scope) {
            context.logger.info("a key was refused for what it is not for", metadata: ["api.scope": "\(scope)"])
            throw HTTPFailure.forbidden(without: scope)
        }
        return try await next(request, context)
    }

    private func key(of request: Request) -> APIKey? {
        if let name = Self.keyField, let key = request.headers[name].flatMap({ self.keys.key($0) }) { return key }
        return request.headers[.authorization].flatMap(Self.bearerToken).flatMap { self.keys.key($0) }
    }

    /// The token of `Bearer <token>` (RFC 6750 §2.1); the scheme's case does not matter (RFC 9110 §11.1).
    private static func bearerToken(_ value: String) -> Substring? {
        let parts = value.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return parts[1].trimmingSpaces()
    }
}
