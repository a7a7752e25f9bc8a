// Licensed under the MIT licence.

import Chat
import ChatStores
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import WireJSON

@testable import ChatServer

/// The HTTP interface without a connection: requests go straight to the router.
struct API {
    let chat: StubChat
    let readiness: Readiness
    private let responder: RouterResponder<APIContext>
    private let logger: Logger

    init(
        chat: StubChat = StubChat(),
        store: any MessageStore = MemoryStore(stripes: 1),
        log: LogRecorder = LogRecorder(level: .critical),
        _ variables: [String: String] = [:],
        keys: APIKeyring? = nil
    )
        throws
    {
        let configuration = try ChatServerConfiguration(variables: variables)
        self.chat = chat
        self.logger = log.logger
        self.readiness = Readiness(storeKind: .memory, store: store)
        self.responder = ChatAPI.responder(
            chat: chat,
            limits: ChatSettings(configuration).limits,
            readiness: self.readiness,
            configuration: configuration,
            keys: keys
        )
    }

    struct Answer {
        let status: Int
        let headers: HTTPFields
        let body: String

        var json: JSONValue? { try? JSONValue(validating: ByteBuffer(string: self.body)) }
        var code: String? { self.json?.member("code")?.stringValue }
    }

    func callAsFunction(
        _ method: HTTPRequest.Method,
        _ path: String,
        _ headers: HTTPFields = [:],
        body: String = ""
    ) async throws -> Answer {
        let head = HTTPRequest(method: method, scheme: "http", authority: "test", path: path, headerFields: headers)
        let response = try await self.responder.respond(
            to: Request(head: head, body: RequestBody(buffer: ByteBuffer(string: body))),
            context: APIContext(source: .init(logger: self.logger))
        )
        let writer = BodyWriter()
        try await response.body.write(writer)
        return Answer(status: response.status.code, headers: response.headers, body: writer.text)
    }

    func post(_ body: String, _ headers: HTTPFields = [:]) async throws -> Answer {
        var headers = headers
        if !headers.contains(.contentType) { headers[.contentType] = "application/json" }
        return try await self(.post, "/messages", headers, body: body)
    }
}
