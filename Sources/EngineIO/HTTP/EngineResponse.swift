// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import NIOHTTP1

/// Builds the responses of the Engine.IO paths.
struct EngineResponse {
    var status: HTTPResponseStatus
    var headers: HTTPHeaders
    var body: ByteBuffer?

    private init(status: HTTPResponseStatus, contentType: String? = nil, body: ByteBuffer? = nil) {
        self.status = status
        self.headers = HTTPHeaders()
        self.headers.reserveCapacity(8)
        self.body = body
        if let contentType { self.headers.add(name: "content-type", value: contentType) }
        self.headers.add(name: "content-length", value: String(body?.readableBytes ?? 0))
        self.headers.add(name: "vary", value: "Origin")
        self.headers.add(name: "cache-control", value: "no-store")
        self.headers.add(name: "x-content-type-options", value: "nosniff")
    }

    static func answer(
        _ answer: HTTPExchange.Answer,
        jsonp: JSONP.Index?,
        to request: EngineRequest
    ) -> EngineResponse {
        switch answer {
        case .payload(let body, let contentType):
            guard let jsonp else {
                return Self(status: .ok, contentType: contentType, body: body).allowing(request)
            }
            var script = ByteBuffer()
            JSONP.wrap(body, index: jsonp, into: &script)
            return Self(status: .ok, contentType: JSONP.contentType, body: script).allowing(request)
        case .ok:
            return Self(status: .ok, contentType: "text/html", body: ByteBuffer(string: "ok")).allowing(request)
        case .badRequest:
            return .error(.badRequest, to: request)
        case .error(let error):
            return .error(error, to: request)
        case .busy:
            return .refusal(.serviceUnavailable).allowing(request)
        }
    }

    static func error(_ error: HandshakeError, to request: EngineRequest) -> EngineResponse {
        var response = Self(
            status: HTTPResponseStatus(statusCode: error.httpStatus),
            contentType: "application/json",
            body: error.body
        )
        .allowing(request)
        if error == .tooManyRequests || error == .shuttingDown { response.headers.add(name: "retry-after", value: "1") }
        return response
    }

    /// The application does not want the client.
    static func forbidden(_ message: String, to request: EngineRequest) -> EngineResponse {
        Self(
            status: .forbidden,
            contentType: "application/json",
            body: ByteBuffer(string: RequestDecision.body(refusing: message))
        )
        .allowing(request)
    }

    /// The peer's request is too large, malformed or too slow; the connection closes after this.
    static func refusal(_ status: HTTPResponseStatus) -> EngineResponse {
        Self(status: status)
    }

    /// The answer to a CORS preflight (Fetch standard, "CORS-preflight request").
    static func preflight(_ request: EngineRequest) -> EngineResponse {
        var response = Self(status: .noContent).allowing(request)
        response.headers.remove(name: "content-length")
        guard request.allowedOrigin != nil else { return response }
        let cors = request.settings.options.cors
        let allowed = cors.allowedHeaders?.joined(separator: ",")
        let requested = request.head.headers.first(name: "access-control-request-headers")
        let seconds = max(0, cors.maxAge.components.seconds)
        response.headers.add(name: "access-control-allow-methods", value: "GET,POST,OPTIONS")
        response.headers.add(name: "access-control-allow-headers", value: allowed ?? requested ?? "content-type")
        response.headers.add(name: "access-control-max-age", value: String(seconds))
        return response
    }

    /// Compresses the answer to a poll, if the mount does so, the client accepts it and the answer is large enough.
    consuming func compressed(for request: EngineRequest, by deflater: ContentDeflater) -> EngineResponse {
        guard let options = request.settings.options.httpCompression, let body = self.body else { return self }
        self.headers.replaceOrAdd(name: "vary", value: "Origin, Accept-Encoding")
        let accepted = request.head.headers["accept-encoding"]
        guard !accepted.isEmpty, body.readableBytes >= options.thresholdBytes,
            let coding = ContentCoding(accepted: accepted.joined(separator: ",")),
            let compressed = deflater.compress(body, coding, level: options.level)
        else { return self }
        self.body = compressed
        self.headers.replaceOrAdd(name: "content-length", value: String(compressed.readableBytes))
        self.headers.add(name: "content-encoding", value: coding.rawValue)
        return self
    }

    /// Lets the request's page read the answer, if it may: its origin is reflected.
    private consuming func allowing(_ request: EngineRequest) -> EngineResponse {
        guard let origin = request.allowedOrigin else { return self }
        let cors = request.settings.options.cors
        self.headers.add(name: "access-control-allow-origin", value: origin)
        if cors.credentials { self.headers.add(name: "access-control-allow-credentials", value: "true") }
        if !cors.exposedHeaders.isEmpty {
            let names = cors.exposedHeaders.joined(separator: ",")
            self.headers.add(name: "access-control-expose-headers", value: names)
        }
        return self
    }
}
