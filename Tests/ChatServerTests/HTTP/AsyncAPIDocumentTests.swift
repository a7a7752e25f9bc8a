// Licensed under the MIT licence.

import Chat
import HTTPTypes
import NIOCore
import Testing
import WireJSON

@testable import ChatServer

@Suite struct AsyncAPIDocumentTests {
    private let document: JSONValue

    init() throws {
        self.document = try JSONValue(validating: AsyncAPIDocument.json)
    }

    @Test func describesEveryEventOfBothDirectionsAndNoOther() throws {
        #expect(self.document.member("asyncapi")?.stringValue == "3.0.0")
        let operations = try #require(self.document.member("operations"))
        let names = Set(operations.members.compactMap(\.key.stringValue))
        let received = ClientEvent.allCases.map { "receive-\($0.rawValue)" }
        let sent = ServerEvent.allCases.map { "send-\($0.rawValue)" }
        #expect(names == Set(received + sent))
        for operation in operations.members {
            let name = try #require(operation.key.stringValue)
            let isReceived = name.hasPrefix("receive-")
            #expect(operation.value.member("action")?.stringValue == (isReceived ? "receive" : "send"))
            let reply = operation.value.member("reply")?.member("messages")?.elements.map { $0 } ?? []
            #expect(reply.count == (isReceived ? 2 : 0), "\(name)")
        }
    }

    @Test func hasEveryErrorCode() throws {
        let codes = try #require(
            self.document.member("components")?.member("schemas")?.member("ErrorCode")?.member("enum")
        )
        #expect(codes.elements.map { $0.stringValue } == ChatErrorCode.allCases.map(\.rawValue))
    }

    @Test func everyReferenceLeadsSomewhere() throws {
        let references = self.document.references
        #expect(references.count > 50)
        for reference in references { #expect(self.document.leadsSomewhere(reference), "\(reference)") }
    }

    @Test func isServed() async throws {
        let answer = try await API()(.get, "/asyncapi.json")
        #expect(answer.status == 200)
        #expect(answer.json?.member("info")?.member("title")?.stringValue == "Martlet")
    }
}
