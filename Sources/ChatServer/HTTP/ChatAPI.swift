// Licensed under the MIT licence.

import Chat
import EngineIOCore
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Tracing
import WireJSON

/// The HTTP interface: everything on the port that is not Engine.IO.
struct ChatAPI: Sendable {
    private let chat: any ChatRequests
    private let limits: ChatLimits
    private let readiness: Readiness
    private let maximumBodyBytes: Int
    private let openAPI: ByteBuffer
    private let asyncAPI: ByteBuffer
    private let metrics: ServerMetrics

    /// The routes, with what stands before them.
    ///
    /// - Parameters:
    ///   - chat: Does what is asked.
    ///   - limits: Sizes of what is asked.
    ///   - readiness: What `/ready` tells.
    ///   - configuration: Keys, origins and the largest body.
    ///   - keys: The keys where they may change; those of the configuration by default.
    ///   - metrics: What `/metrics` tells, and where requests are counted.
    ///   - tracer: Makes a span of each request, if there is one.
    /// - Returns: What answers requests. It throws nothing but the connection's own failures.
    static func responder(
        chat: any ChatRequests,
        limits: ChatLimits,
        readiness: Readiness,
        configuration: ChatServerConfiguration,
        keys: APIKeyring? = nil,
        metrics: ServerMetrics = ServerMetrics(),
        tracer: (any Tracer)? = nil
    ) -> RouterResponder<APIContext> {
        let api = Self(
            chat: chat,
            limits: limits,
            readiness: readiness,
            maximumBodyBytes: configuration.transport.maxPayloadBytes,
            openAPI: OpenAPIDocument.json(takesKeys: configuration.access.apiKeys != nil),
            asyncAPI: AsyncAPIDocument.json,
            metrics: metrics
        )
        let router = Router(context: APIContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: RequestIDMiddleware())
        if let tracer { router.add(middleware: RequestSpanMiddleware(tracer: tracer)) }
        router.add(middleware: RequestMetricsMiddleware(factory: metrics.registry))
        router.add(middleware: CrossOriginMiddleware(origins: configuration.access.corsOrigins))
        router.add(middleware: FailureMiddleware())
        if let keys = keys ?? configuration.access.apiKeys.map(APIKeyring.init) {
            router.add(middleware: APIKeyMiddleware(keys: keys))
        }
        for endpoint in Endpoint.allCases {
            router.on(RouterPath(endpoint.rawValue), method: endpoint.method) { request, context in
                try await api.respond(to: request, at: endpoint, context)
            }
        }
        return router.buildResponder()
    }

    private func respond(to request: Request, at endpoint: Endpoint, _ context: APIContext) async throws -> Response {
        switch endpoint {
        case .health:
            Response(json: ByteBuffer(staticString: #"{"status":"ok"}"#))
        case .ready:
            await self.ready(context)
        case .postMessage:
            try await self.post(request)
        case .roomMessages:
            try await self.messages(in: self.room(context), request)
        case .roomUsers:
            Response(json: try await self.chat.users(in: self.room(context)))
        case .userStatus:
            Response(json: try await self.chat.status(of: self.user(context)))
        case .metrics:
            Response(
                status: .ok,
                headers: [.contentType: PrometheusText.mediaType],
                body: .init(byteBuffer: await self.metrics.text())
            )
        case .openAPI:
            Response(json: self.openAPI)
        case .asyncAPI:
            Response(json: self.asyncAPI)
        }
    }

    private func ready(_ context: APIContext) async -> Response {
        let report = await self.readiness.report(logger: context.logger)
        return Response(json: report.body, status: report.isReady ? .ok : .serviceUnavailable)
    }

    private func post(_ request: Request) async throws -> Response {
        let message = try PostedMessage(decoding: await self.body(of: request), limits: self.limits)
        return Response(json: try await self.chat.post(message))
    }

    private func messages(in room: RoomID, _ request: Request) async throws -> Response {
        let parameters = request.uri.queryParameters
        let query = try HistoryQuery(
            queryAfter: parameters.getAll("after").last,
            before: parameters.getAll("before").last,
            limit: parameters.getAll("limit").last,
            limits: self.limits
        )
        return Response(json: try await self.chat.history(of: room, query))
    }

    private func room(_ context: APIContext) throws -> RoomID {
        guard let text = context.parameters.get("room_id").flatMap(PathParameter.decode), let room = try? RoomID(text)
        else {
            throw ChatError(.invalidRoomID, "room_id must have 1 to 128 bytes and no control characters.")
        }
        return room
    }

    private func user(_ context: APIContext) throws -> UserID {
        guard let text = context.parameters.get("user_id").flatMap(PathParameter.decode), let user = try? UserID(text)
        else {
            throw ChatError(.invalidPayload, "user_id must have 1 to 128 bytes and no control characters.")
        }
        return user
    }

    /// The JSON that a request brings.
    private func body(of request: Request) async throws -> JSONValue {
        guard request.isPlainJSON else { throw HTTPFailure.unsupportedMediaType }
        let failure = HTTPFailure.payloadTooLarge(maximumBytes: self.maximumBodyBytes)
        let length = request.headers[.contentLength].flatMap(Int.init) ?? 0
        guard length <= self.maximumBodyBytes else { throw failure }
        do {
            return try JSONValue(validating: await request.body.collect(upTo: self.maximumBodyBytes))
        } catch is NIOTooManyBytesError {
            throw failure
        } catch is JSONError {
            throw HTTPFailure.invalidJSON
        }
    }
}

extension Request {
    /// Whether the body is `application/json` as it is; parameters such as a charset do not matter, since JSON is UTF-8
    /// (RFC 8259 §8.1).
    fileprivate var isPlainJSON: Bool {
        let type = self.headers[.contentType]?.prefix { $0 != ";" }.trimmingSpaces().lowercased()
        let encoding = self.headers[.contentEncoding]?.lowercased() ?? "identity"
        return type == "application/json" && encoding == "identity"
    }
}
