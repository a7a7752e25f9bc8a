// Licensed under the MIT licence.

import EngineIOCore
import HTTPTypes
import Testing

@testable import ChatServer

@Suite struct RequestIDTests {
    private let field: HTTPField.Name

    init() throws {
        self.field = try #require(CorrelationID.field)
    }

    @Test(arguments: ["a", "0af7651916cd43dd", "A.b_c-9", String(repeating: "x", count: 64)])
    func aClientsOwnIsTakenAndAnswered(id: String) async throws {
        let answer = try await API()(.get, "/health", [self.field: id])
        #expect(answer.headers[self.field] == id)
    }

    @Test(arguments: [nil, "", "a b", "ä", "a\"", "<x>", String(repeating: "x", count: 65)])
    func otherwiseOneIsMade(id: String?) async throws {
        var headers = HTTPFields()
        headers[self.field] = id
        let first = try await API()(.get, "/nowhere", headers).headers[self.field]
        let second = try await API()(.get, "/health", headers).headers[self.field]
        #expect(first?.wholeMatch(of: #/[0-9a-f]{16}/#) != nil)
        #expect(first != second)
    }

    @Test(arguments: [
        ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true),
        ("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more", true),
        ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more", false),
        ("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false),
        ("00-00000000000000000000000000000000-b7ad6b7169203331-01", false),
        ("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", false),
        ("00-0AF7651916CD43DD8448EB211C80319C-B7AD6B7169203331-01", false),
        ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333-01", false), ("", false), ("00", false),
    ])
    func theTraceOfARequest(text: String, isTaken: Bool) {
        let parent = TraceParent([.traceparent: text])
        #expect((parent?.traceID == "0af7651916cd43dd8448eb211c80319c") == isTaken)
        #expect((parent?.parentID == "b7ad6b7169203331") == isTaken)
    }
}
