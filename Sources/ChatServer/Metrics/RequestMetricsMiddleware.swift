// Licensed under the MIT licence.

import CoreMetrics
import HTTPTypes
import Hummingbird
import NIOCore

/// Counts requests by route and status, and measures them by route.
///
/// Paths that there are not count as `none`, methods that there are not as `other`, so that nobody can make up labels.
struct RequestMetricsMiddleware: RouterMiddleware {
    private static let methods: Set<HTTPRequest.Method> = [.get, .head, .post, .put, .patch, .delete, .options]

    let factory: any MetricsFactory

    func handle(
        _ request: Request,
        context: APIContext,
        next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        let start = NIODeadline.now()
        let response = try await next(request, context)
        let route = Endpoint(path: request.uri.path)?.rawValue ?? "none"
        let method = Self.methods.contains(request.method) ? request.method.rawValue : "other"
        Counter(
            label: "chat_http_requests_total",
            dimensions: [("method", method), ("route", route), ("status", "\(response.status.code)")],
            factory: self.factory
        ).increment()
        CoreMetrics.Timer(
            label: "chat_http_request_duration_seconds",
            dimensions: [("route", route)],
            preferredDisplayUnit: .seconds,
            factory: self.factory
        ).recordNanoseconds((NIODeadline.now() - start).nanoseconds)
        return response
    }
}
