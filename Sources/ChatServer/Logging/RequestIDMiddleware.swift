// Licensed under the MIT licence.

import EngineIOCore
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// Gives each request an id, which its log lines and its response bear, and says at `debug` how it went.
///
/// A client's own id (`X-Request-Id`) is taken if it is one: up to 64 letters, digits, and `.`, `_`, `-`.
struct RequestIDMiddleware: RouterMiddleware {
    func handle(
        _ request: Request,
        context: APIContext,
        next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        let start = NIODeadline.now()
        let id = CorrelationID(request.headers) ?? .random
        var context = context
        context.logger[metadataKey: "http.request_id"] = "\(id.text)"
        if let parent = TraceParent(request.headers) {
            context.logger[metadataKey: "trace_id"] = "\(parent.traceID)"
        }
        var response = try await next(request, context)
        if let field = CorrelationID.field { response.headers[field] = id.text }
        context.logger.debug(
            "request answered",
            metadata: context.key.metadata.merging(
                [
                    "http.method": "\(request.method.rawValue)",
                    "http.route": "\(Endpoint(path: request.uri.path)?.rawValue ?? "none")",
                    "http.status": "\(response.status.code)",
                    "http.duration_ms": "\((NIODeadline.now() - start).nanoseconds / 1_000_000)",
                ]
            ) { $1 }
        )
        return response
    }
}

extension CorrelationID {
    static let field = HTTPField.Name(Self.fieldName)

    /// A new one.
    static var random: Self { Self(number: .random(in: .min ... .max)) }

    /// The client's own; nothing if it has none, or none that will do.
    init?(_ headers: HTTPFields) {
        guard let text = Self.field.flatMap({ headers[$0] }) else { return nil }
        self.init(text)
    }
}
