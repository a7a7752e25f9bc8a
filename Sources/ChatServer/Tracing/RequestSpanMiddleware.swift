// Licensed under the MIT licence.

import HTTPTypes
import Hummingbird
import Instrumentation
import Tracing

/// Makes a span of each request, under the one its client names; there only with a tracer.
struct RequestSpanMiddleware: RouterMiddleware {
    let tracer: any Tracer

    func handle(
        _ request: Request,
        context: APIContext,
        next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        let route = Endpoint(path: request.uri.path)?.rawValue
        let span = self.tracer.startSpan(
            "\(request.method.rawValue) \(route ?? "none")",
            context: self.tracer.context(of: request.headers),
            ofKind: .server
        )
        defer { span.end() }
        span.attributes["http.request.method"] = request.method.rawValue
        if let route { span.attributes["http.route"] = route }
        let response = try await InstrumentationContext.$current.withValue(span.context) {
            try await next(request, context)
        }
        span.attributes["http.response.status_code"] = response.status.code
        if response.status.kind == .serverError { span.setStatus(SpanStatus(code: .error)) }
        return response
    }
}
