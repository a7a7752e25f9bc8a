// Licensed under the MIT licence.

import Chat
import Testing

@Suite struct AuthenticateRequestTests {
    private let limits = ChatLimits()

    private func decode(_ payload: String, requiresUserID: Bool = true) throws -> AuthenticateRequest {
        try AuthenticateRequest(decoding: json(payload), requiresUserID: requiresUserID, limits: self.limits)
    }

    private func code(_ payload: String, requiresUserID: Bool = true) throws -> ChatErrorCode? {
        let payload = try json(payload)
        return failure { () throws(ChatError) in
            try AuthenticateRequest(decoding: payload, requiresUserID: requiresUserID, limits: self.limits)
        }
    }

    @Test("What the contract has")
    func fields() throws {
        let request = try self.decode(#"{"user_id":"u1","username":"Ann Ørsted","token":"t"}"#)
        #expect(try request.user == user("u1", "Ann Ørsted"))
        #expect(request.token == "t")
    }

    @Test(
        "Names for which the default stands",
        arguments: ["", #","username":null"#, #","username":"""#]
    )
    func defaultName(_ field: String) throws {
        #expect(try self.decode(#"{"user_id":"u1"\#(field)}"#).user == user("u1", "user_u1"))
    }

    @Test(
        "What is refused",
        arguments: [
            ("{}", ChatErrorCode.missingUserID),
            (#"{"username":"Ann"}"#, .missingUserID),
            (#"{"user_id":null}"#, .missingUserID),
            (#"{"user_id":""}"#, .missingUserID),
            (#"{"user_id":5}"#, .missingUserID),
            (#"{"user_id":["u1"]}"#, .missingUserID),
            (#"{"user_id":"a\u0007"}"#, .invalidPayload),
            (#"{"user_id":"\#(String(repeating: "x", count: 129))"}"#, .invalidPayload),
            (#"{"user_id":"u1","username":5}"#, .invalidPayload),
            (#"{"user_id":"u1","username":{}}"#, .invalidPayload),
            (#"{"user_id":"u1","username":"a\nb"}"#, .invalidPayload),
            (#"{"user_id":"u1","username":"\#(String(repeating: "x", count: 257))"}"#, .invalidPayload),
            (#"{"user_id":"u1","token":5}"#, .invalidToken),
            (#"{"user_id":"u1","token":"\#(String(repeating: "x", count: 16_385))"}"#, .invalidToken),
        ]
    )
    func refused(_ payload: String, _ code: ChatErrorCode) throws {
        #expect(try self.code(payload) == code)
    }

    @Test("With tokens user_id is a claim that may be missing, but not malformed")
    func tokenMode() throws {
        let request = try self.decode(#"{"token":"t"}"#, requiresUserID: false)
        #expect(request.userID == nil)
        #expect(request.user == nil)
        #expect(try self.decode(#"{"token":"t","user_id":"u1"}"#, requiresUserID: false).userID?.string == "u1")
        #expect(try self.code(#"{"token":"t","user_id":5}"#, requiresUserID: false) == .missingUserID)
    }

    @Test("The query of a v2 client goes by the same rules")
    func query() throws {
        func request(_ id: String?, _ name: String?, _ token: String? = nil) throws(ChatError) -> AuthenticateRequest {
            try AuthenticateRequest(userID: id, username: name, token: token, requiresUserID: true, limits: self.limits)
        }
        #expect(try request("u\"1", "Ann \u{1f600}").user == user("u\"1", "Ann \u{1f600}"))
        #expect(try request("u1", nil, "t").token == "t")
        #expect(failure { () throws(ChatError) in try request(nil, "Ann") } == .missingUserID)
        #expect(failure { () throws(ChatError) in try request("", "Ann") } == .missingUserID)
        #expect(failure { () throws(ChatError) in try request("a\nb", nil) } == .invalidPayload)
    }
}
