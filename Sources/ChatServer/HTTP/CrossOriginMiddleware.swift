// Licensed under the MIT licence.

import EngineIOCore
import HTTPTypes
import Hummingbird

/// Lets web pages of the allowed origins use the interface, by the rule of the Engine.IO paths: the origin is reflected, and
/// credentials are allowed (Fetch standard, "CORS protocol").
struct CrossOriginMiddleware: RouterMiddleware {
    let origins: CORSOrigins

    func handle(
        _ request: Request,
        context: APIContext,
        next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        let origin = request.headers[.origin].flatMap { self.origins.allows($0) ? $0 : nil }
        let isPreflight = request.method == .options && request.headers[.accessControlRequestMethod] != nil
        var response = isPreflight ? Self.preflight(request, origin) : try await next(request, context)
        if let origin {
            response.headers[.accessControlAllowOrigin] = origin
            response.headers[.accessControlAllowCredentials] = "true"
        }
        response.headers[.vary] = "Origin"
        response.headers[.cacheControl] = "no-store"
        response.headers[.xContentTypeOptions] = "nosniff"
        return request.method == .head ? response.createHeadResponse() : response
    }

    private static func preflight(_ request: Request, _ origin: String?) -> Response {
        var response = Response(status: .noContent)
        guard origin != nil else { return response }
        response.headers[.accessControlAllowMethods] = "GET,HEAD,POST,OPTIONS"
        response.headers[.accessControlAllowHeaders] =
            request.headers[.accessControlRequestHeaders] ?? "authorization,content-type,x-api-key"
        response.headers[.accessControlMaxAge] = "600"
        return response
    }
}
