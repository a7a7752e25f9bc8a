// Licensed under the MIT licence.

import Chat
import HTTPTypes
import Hummingbird
import NIOCore
import WireJSON

/// Why a request is refused, as the client is told: `{"error":"There is nothing here.","code":"NOT_FOUND"}`.
struct HTTPFailure: Error, Equatable, Sendable {
    let status: HTTPResponse.Status
    /// One of ``ChatErrorCode``, or what only HTTP has: `NOT_FOUND`, `METHOD_NOT_ALLOWED`, `PAYLOAD_TOO_LARGE`,
    /// `UNSUPPORTED_MEDIA_TYPE`.
    let code: String
    /// One sentence in English, without what the client sent.
    let sentence: String
    var headers = HTTPFields()

    /// The codes that only HTTP has.
    static let ownCodes = ["NOT_FOUND", "METHOD_NOT_ALLOWED", "PAYLOAD_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE"]

    /// The chat refuses.
    init(_ error: ChatError) {
        self.init(status: error.code.httpStatus, code: error.code.rawValue, sentence: error.sentence)
        if self.status == .tooManyRequests || self.status == .serviceUnavailable { self.headers[.retryAfter] = "1" }
    }

    private init(status: HTTPResponse.Status, code: String, sentence: String) {
        self.status = status
        self.code = code
        self.sentence = sentence
    }

    static let notFound = Self(status: .notFound, code: "NOT_FOUND", sentence: "There is nothing at this path.")

    static func methodNotAllowed(_ allowed: [HTTPRequest.Method]) -> Self {
        var failure = Self(
            status: .methodNotAllowed,
            code: "METHOD_NOT_ALLOWED",
            sentence: "This path does not take this method."
        )
        failure.headers[.allow] = allowed.map(\.rawValue).joined(separator: ", ")
        return failure
    }

    static var missingKey: Self {
        var failure = Self(
            ChatError(.notAuthenticated, "Give an API key, as Authorization: Bearer <key> or as X-API-Key: <key>.")
        )
        failure.headers[.wwwAuthenticate] = "Bearer"
        return failure
    }

    static func forbidden(without scope: APIKey.Scope) -> Self {
        Self(ChatError(.forbidden, "The API key does not have the scope \(scope.rawValue)."))
    }

    static func payloadTooLarge(maximumBytes: Int) -> Self {
        var failure = Self(
            status: .contentTooLarge,
            code: "PAYLOAD_TOO_LARGE",
            sentence: "The body must have at most \(maximumBytes) bytes."
        )
        // What is left of the body will not be read.
        failure.headers[.connection] = "close"
        return failure
    }

    static let unsupportedMediaType = Self(
        status: .unsupportedMediaType,
        code: "UNSUPPORTED_MEDIA_TYPE",
        sentence: "The body must be application/json, and not compressed."
    )

    static let invalidJSON = Self(ChatError(.invalidPayload, "The body must be one JSON object in UTF-8."))
    static let `internal` = Self(ChatError(.internal, "Something went wrong in the server."))

    /// The response that tells it.
    var response: Response {
        var body = ByteBuffer()
        body.writeString(#"{"error":"#)
        body.writeJSONString(self.sentence)
        body.writeString(#","code":"#)
        body.writeJSONString(self.code)
        body.writeString("}")
        var response = Response(json: body, status: self.status)
        response.headers.append(contentsOf: self.headers)
        return response
    }
}

extension ChatErrorCode {
    /// The one table from the chat's codes to statuses.
    var httpStatus: HTTPResponse.Status {
        switch self {
        case .alreadyAuthenticated, .invalidPayload, .missingUserID, .missingRoomID, .invalidRoomID, .invalidContent,
            .missingTargetUserID:
            .badRequest
        case .notAuthenticated, .invalidToken: .unauthorized
        case .forbidden, .notRoomMember: .forbidden
        case .rateLimited, .tooManyRooms: .tooManyRequests
        case .unavailable: .serviceUnavailable
        case .internal: .internalServerError
        }
    }
}

extension Response {
    /// A response with a body of JSON.
    init(json body: ByteBuffer, status: HTTPResponse.Status = .ok) {
        self.init(status: status, headers: [.contentType: "application/json"], body: .init(byteBuffer: body))
    }
}
