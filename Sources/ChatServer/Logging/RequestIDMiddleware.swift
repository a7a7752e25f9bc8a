// Licensed under the MIT licence.

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
        let id = RequestID(request.headers) ?? RequestID()
        var context = context
        context.logger[metadataKey: "http.request_id"] = "\(id.text)"
        if let parent = TraceParent(request.headers) {
            context.logger[metadataKey: "trace_id"] = "\(parent.traceID)"
        }
        var response = try await next(request, context)
        if let field = RequestID.field { response.headers[field] = id.text }
        context.logger.debug(
            "request answered",
            metadata: [
                "http.method": "\(request.method.rawValue)",
                "http.route": "\(Endpoint(path: request.uri.path)?.rawValue ?? "none")",
                "http.status": "\(response.status.code)",
                "http.duration_ms": "\((NIODeadline.now() - start).nanoseconds / 1_000_000)",
            ]
        )
        return response
    }
}

/// What tells one request from another.
struct RequestID: Equatable, Sendable {
    static let field = HTTPField.Name("X-Request-Id")
    private static let maximumLength = 64

    let text: String

    /// A new one: sixteen random hexadecimal digits.
    init() {
        let digits = String(UInt64.random(in: .min ... .max), radix: 16)
        self.text = String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// The client's own; nothing if it has none, or none that will do.
    init?(_ headers: HTTPFields) {
        guard let text = Self.field.flatMap({ headers[$0] }), (1...Self.maximumLength).contains(text.utf8.count),
            text.utf8.allSatisfy(\.isIDByte)
        else { return nil }
        self.text = text
    }
}

extension UInt8 {
    fileprivate var isIDByte: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
