// Licensed under the MIT licence.

import Chat
import HTTPTypes
import Testing
import WireJSON

@testable import ChatServer

@Suite struct ChatAPITests {
    @Test func health() async throws {
        let answer = try await API()(.get, "/health")
        #expect(answer.status == 200)
        #expect(answer.body == #"{"status":"ok"}"#)
        #expect(answer.headers[.contentType] == "application/json")
        #expect(answer.headers[.cacheControl] == "no-store")
    }

    @Test(arguments: [
        ("/rooms/lobby/users", "users lobby"), ("/rooms/r%C3%B6om%20with%2Fslash%3F/users", "users röom with/slash?"),
        ("/rooms/a+b/users", "users a+b"), ("/rooms/../users", "users .."), ("/rooms/%7Bx%7D/users/", "users {x}"),
        ("/users/ann/status", "status ann"), ("/users/%E2%9C%A8/status", "status ✨"),
        ("/rooms/r/messages", "history r - - 50"), ("/rooms/r/messages?after=0&limit=20", "history r 0 - 20"),
        ("/rooms/r/messages?before=11&limit=500", "history r - 11 200"),
        ("/rooms/r/messages?after=1&after=2", "history r 2 - 50"),
        ("/rooms/r/messages?other=1", "history r - - 50"),
    ])
    func reads(path: String, call: String) async throws {
        let api = try API()
        let answer = try await api(.get, path)
        #expect(answer.status == 200)
        #expect(answer.body == #"{"stub":true}"#)
        #expect(api.chat.calls == [call])
    }

    @Test(arguments: [
        ("/rooms/%/users", "INVALID_ROOM_ID"), ("/rooms/%4/users", "INVALID_ROOM_ID"),
        ("/rooms/%zz/users", "INVALID_ROOM_ID"),
        ("/rooms/%FF/users", "INVALID_ROOM_ID"), ("/rooms/a%0D%0Ab/users", "INVALID_ROOM_ID"),
        ("/rooms/\(String(repeating: "x", count: 129))/messages", "INVALID_ROOM_ID"),
        ("/users/%00/status", "INVALID_PAYLOAD"),
        ("/rooms/r/messages?after=x", "INVALID_PAYLOAD"), ("/rooms/r/messages?before=-1", "INVALID_PAYLOAD"),
        ("/rooms/r/messages?limit=0", "INVALID_PAYLOAD"), ("/rooms/r/messages?limit=1e2", "INVALID_PAYLOAD"),
        ("/rooms/r/messages?after=", "INVALID_PAYLOAD"), ("/rooms/r/messages?after", "INVALID_PAYLOAD"),
        ("/rooms/r/messages?after=99999999999999999999", "INVALID_PAYLOAD"),
    ])
    func readsThatCannotBe(path: String, code: String) async throws {
        let api = try API()
        let answer = try await api(.get, path)
        #expect(answer.status == 400)
        #expect(answer.code == code)
        #expect(answer.json?.member("error")?.stringValue?.isEmpty == false)
        #expect(api.chat.calls.isEmpty)
    }

    @Test func aMessageIsPosted() async throws {
        let api = try API()
        let answer = try await api.post(#"{"room_id":"r","content":"Hi","payload":{"n":1.0}}"#)
        #expect(answer.status == 200)
        let members = #""content":"Hi","message_type":"text","title":null,"payload":{"n":1.0},"attachment_urls":[]"#
        #expect(api.chat.calls == ["post r system \(members)"])
    }

    @Test func ofDuplicateFieldsTheLastCounts() async throws {
        let api = try API()
        _ = try await api.post(#"{"room_id":"a","content":"x","user_id":"u","room_id":"b","user_id":"v"}"#)
        #expect(api.chat.calls.first?.hasPrefix("post b v ") == true)
    }

    @Test(arguments: [
        ("", "INVALID_PAYLOAD"), ("{", "INVALID_PAYLOAD"), ("[]", "INVALID_PAYLOAD"), ("null", "INVALID_PAYLOAD"),
        (#"{"room_id":"r","content":"x"} x"#, "INVALID_PAYLOAD"),
        (String(repeating: "[", count: 5000), "INVALID_PAYLOAD"),
        ("{}", "MISSING_ROOM_ID"), (#"{"room_id":"a\r\nb","content":"x"}"#, "INVALID_ROOM_ID"),
        (#"{"room_id":"r"}"#, "INVALID_CONTENT"), (#"{"room_id":"r","content":" \n"}"#, "INVALID_CONTENT"),
        (#"{"room_id":"r","content":"x","user_id":5}"#, "INVALID_PAYLOAD"),
    ])
    func bodiesThatCannotBe(body: String, code: String) async throws {
        let api = try API()
        let answer = try await api.post(body)
        #expect(answer.status == 400)
        #expect(answer.code == code)
        #expect(api.chat.calls.isEmpty)
    }

    @Test(arguments: [
        ("application/json", 200), ("Application/JSON ; charset=utf-8", 200), ("text/plain", 415), ("", 415),
        ("application/json-patch+json", 415), ("application/x-www-form-urlencoded", 415),
        ("application/octet-stream", 415),
    ])
    func contentTypes(type: String, status: Int) async throws {
        let answer = try await API().post(#"{"room_id":"r","content":"x"}"#, [.contentType: type])
        #expect(answer.status == status)
        if status == 415 { #expect(answer.code == "UNSUPPORTED_MEDIA_TYPE") }
    }

    @Test func aBodyWithoutATypeOrCompressed() async throws {
        let api = try API()
        #expect(try await api(.post, "/messages", body: "{}").status == 415)
        let headers: HTTPFields = [.contentType: "application/json", .contentEncoding: "gzip"]
        #expect(try await api(.post, "/messages", headers, body: "{}").status == 415)
    }

    @Test func aBodyOverTheLimit() async throws {
        let api = try API(["MAX_PAYLOAD_BYTES": "1024"])
        let body = #"{"room_id":"r","content":"\#(String(repeating: "x", count: 1000))"}"#
        for headers in [[.contentLength: "10000000"], [:]] as [HTTPFields] {
            let answer = try await api.post(body, headers)
            #expect(answer.status == 413)
            #expect(answer.code == "PAYLOAD_TOO_LARGE")
            #expect(answer.headers[.connection] == "close")
        }
        #expect(try await api.post(#"{"room_id":"r","content":"x"}"#).status == 200)
    }

    @Test(arguments: [
        "/", "/nothing", "/rooms", "/rooms/r", "/users/u", "/messages/1", "/metric", "/health/x", "/rooms//users",
    ])
    func pathsThatDoNotExist(path: String) async throws {
        for method in [HTTPRequest.Method.get, .post, .options] {
            let answer = try await API()(method, path)
            #expect(answer.status == 404)
            #expect(answer.code == "NOT_FOUND")
        }
    }

    @Test(arguments: Endpoint.allCases)
    func methodsThatAPathDoesNotTake(endpoint: Endpoint) async throws {
        let path = endpoint.rawValue.replacing(#/[{}]/#, with: "")
        for method in [HTTPRequest.Method.get, .head, .post, .put, .patch, .delete, .trace]
        where !endpoint.allowedMethods.contains(method) {
            let answer = try await API()(method, path)
            #expect(answer.status == 405)
            #expect(answer.headers[.allow] == endpoint.allowedMethods.map(\.rawValue).joined(separator: ", "))
            if method != .head { #expect(answer.code == "METHOD_NOT_ALLOWED") }
        }
        let options = try await API()(.options, path)
        #expect(options.status == 204)
        #expect(options.headers[.allow]?.contains(endpoint.method.rawValue) == true)
    }

    @Test func headIsGetWithoutTheBody() async throws {
        let api = try API()
        for path in ["/health", "/ready", "/openapi.json", "/rooms/r/users", "/nothing", "/rooms/%/users"] {
            let get = try await api(.get, path)
            let head = try await api(.head, path)
            #expect(head.status == get.status)
            #expect(head.body.isEmpty)
            #expect(head.headers[.contentLength] == String(get.body.utf8.count))
        }
    }

    @Test(arguments: ChatErrorCode.allCases)
    func theChatsErrors(code: ChatErrorCode) async throws {
        let api = try API(chat: StubChat(failure: ChatError(code, "A \"sentence\".")))
        let answer = try await api(.get, "/users/u/status")
        #expect(answer.status == code.httpStatus.code)
        #expect([400, 401, 403, 429, 500, 503].contains(answer.status))
        #expect(answer.body == #"{"error":"A \"sentence\".","code":"\#(code.rawValue)"}"#)
        #expect((answer.headers[.retryAfter] != nil) == [429, 503].contains(answer.status))
    }
}
