// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import NIOHTTP1

/// Builds the responses of the Engine.IO paths.
struct EngineResponse {
    var status: HTTPResponseStatus
    var headers: HTTPHeaders
    var body: ByteBuffer?

    /// `origin`: the request's origin when it may read the answer; it is reflected, with credentials allowed, since
    ///   browsers' revision 3 clients send them.
    private init(status: HTTPResponseStatus, origin: String?, contentType: String? = nil, body: ByteBuffer? = nil) {
        self.status = status
        self.headers = HTTPHeaders()
        self.headers.reserveCapacity(8)
        self.body = body
        if let contentType { self.headers.add(name: "content-type", value: contentType) }
        self.headers.add(name: "content-length", value: String(body?.readableBytes ?? 0))
        if let origin {
            self.headers.add(name: "access-control-allow-origin", value: origin)
            self.headers.add(name: "access-control-allow-credentials", value: "true")
        }
        self.headers.add(name: "vary", value: "Origin")
        self.headers.add(name: "cache-control", value: "no-store")
        self.headers.add(name: "x-content-type-options", value: "nosniff")
    }

    static func answer(_ answer: HTTPExchange.Answer, jsonp: JSONP.Index?, origin: String?) -> EngineResponse {
        switch answer {
        case .payload(let body, let contentType):
            guard let jsonp else {
                return Self(status: .ok, origin: origin, contentType: contentType, body: body)
            }
            var script = ByteBuffer()
            JSONP.wrap(body, index: jsonp, into: &script)
            return Self(status: .ok, origin: origin, contentType: JSONP.contentType, body: script)
        case .ok:
            return Self(status: .ok, origin: origin, contentType: "text/html", body: ByteBuffer(string: "ok"))
        case .badRequest:
            return .error(.badRequest, origin: origin)
        case .error(let error):
            return .error(error, origin: origin)
        }
    }

    static func error(_ error: HandshakeError, origin: String?) -> EngineResponse {
        Self(
            status: HTTPResponseStatus(statusCode: error.httpStatus),
            origin: origin,
            contentType: "application/json",
            body: error.body
        )
    }

    /// The peer's request is too large, malformed or too slow; the connection closes after this.
    static func refusal(_ status: HTTPResponseStatus) -> EngineResponse {
        Self(status: status, origin: nil)
    }

    /// The answer to a CORS preflight (Fetch standard, "CORS-preflight request").
    static func preflight(origin: String?, requestedHeaders: String?) -> EngineResponse {
        var response = Self(status: .noContent, origin: origin)
        response.headers.remove(name: "content-length")
        guard origin != nil else { return response }
        response.headers.add(name: "access-control-allow-methods", value: "GET,POST,OPTIONS")
        response.headers.add(name: "access-control-allow-headers", value: requestedHeaders ?? "content-type")
        response.headers.add(name: "access-control-max-age", value: "600")
        return response
    }
}
