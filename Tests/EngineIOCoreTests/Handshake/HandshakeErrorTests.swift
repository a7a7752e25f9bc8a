// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import Testing

@Suite struct HandshakeErrorTests {
    struct Row: Sendable {
        var error: HandshakeError
        var code: Int?
        var status: Int
        var body: String
    }

    static let rows = [
        Row(error: .unknownTransport, code: 0, status: 400, body: #"{"code":0,"message":"Transport unknown"}"#),
        Row(error: .unknownSession, code: 1, status: 400, body: #"{"code":1,"message":"Session ID unknown"}"#),
        Row(error: .badHandshakeMethod, code: 2, status: 400, body: #"{"code":2,"message":"Bad handshake method"}"#),
        Row(error: .badRequest, code: 3, status: 400, body: #"{"code":3,"message":"Bad request"}"#),
        Row(error: .forbidden, code: 4, status: 403, body: #"{"code":4,"message":"Forbidden"}"#),
        Row(
            error: .unsupportedProtocolVersion,
            code: 5,
            status: 400,
            body: #"{"code":5,"message":"Unsupported protocol version"}"#
        ),
        Row(error: .methodNotAllowed, code: nil, status: 405, body: #"{"message":"Method not allowed"}"#),
        Row(error: .tooManyRequests, code: nil, status: 429, body: #"{"message":"Too many requests"}"#),
        Row(error: .shuttingDown, code: nil, status: 503, body: #"{"message":"Server is shutting down"}"#),
    ]

    @Test(arguments: rows) func `what the client is told`(row: Row) {
        #expect(row.error.code == row.code)
        #expect(row.error.httpStatus == row.status)
        #expect(row.error.body == ByteBuffer(string: row.body))
    }

    @Test func `the table is complete`() {
        #expect(Set(Self.rows.map(\.error)) == Set(HandshakeError.allCases))
    }
}
