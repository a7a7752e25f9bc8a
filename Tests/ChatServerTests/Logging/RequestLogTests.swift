// Licensed under the MIT licence.

import HTTPTypes
import Logging
import Testing

@testable import ChatServer

/// What the log says of requests.
@Suite(.timeLimit(.minutes(15))) struct RequestLogTests {
    private let keys = ["API_KEYS": "bot:a-key-of-some-length-for-the-bot:send"]

    @Test("the line of a request has the name of its key", arguments: [("/messages", 200), ("/rooms/r/users", 403)])
    func theKeysName(path: String, status: Int) async throws {
        let log = LogRecorder(level: .debug)
        let api = try API(log: log, self.keys)
        let headers: HTTPFields = [.authorization: "Bearer a-key-of-some-length-for-the-bot"]
        let answer =
            path == "/messages"
            ? try await api.post(#"{"room_id":"r","content":"x"}"#, headers) : try await api(.get, path, headers)
        #expect(answer.status == status)
        #expect(log.lines("request answered").map { $0.metadata["api.key"] } == ["bot"])
        #expect(log.lines("request answered").map { $0.metadata["http.status"] } == ["\(status)"])
        #expect(!log.lines.contains { $0.metadata.values.contains { $0.contains("a-key-of") } })
    }

    @Test func withoutAKeyThereIsNoName() async throws {
        let log = LogRecorder(level: .debug)
        let api = try API(log: log, self.keys)
        #expect(try await api(.get, "/health").status == 200)
        #expect(try await api(.get, "/metrics", [.authorization: "Bearer another"]).status == 401)
        #expect(log.lines("request answered").map { $0.metadata["api.key"] } == [nil, nil])
    }

    @Test("a handshake has an id, the client's own if it has one", arguments: ["order-66", nil])
    func handshakes(own: String?) async throws {
        let log = LogRecorder(level: .debug)
        var answered: String?
        try await RunningApplication.with(log: log) { application in
            let answer = try await application.ask(
                "GET /socket.io/?EIO=4&transport=polling HTTP/1.1",
                own.map { ["X-Request-Id: \($0)"] } ?? []
            )
            #expect(answer.contains(#""sid":"#))
            answered = answer.firstMatch(of: #/(?i)\r\nx-request-id: ([^\r]+)\r\n/#).map { String($0.1) }
        }
        let id = try #require(answered)
        #expect(own == nil ? id.wholeMatch(of: #/[0-9a-f]{16}/#) != nil : id == own)
        let opened = try #require(log.lines("session opened").first)
        #expect(opened.metadata["http.request_id"] == id)
        #expect(opened.metadata["eio.transport"] == "polling" && opened.metadata["eio.protocol"] == "4")
        // What the client did not bring is not kept for the life of its session.
        #expect(log.lines("session ended").map { $0.metadata["http.request_id"] } == [own])
    }

    @Test func aRefusedHandshake() async throws {
        let log = LogRecorder(level: .debug)
        try await RunningApplication.with(log: log) { application in
            let answer = try await application.ask(
                "GET /socket.io/?EIO=4&transport=pigeon HTTP/1.1",
                ["X-Request-Id: order-66"]
            )
            #expect(answer.hasPrefix("HTTP/1.1 400 "))
            _ = try await application.ask("GET /socket.io/?EIO=4&transport=pigeon HTTP/1.1", ["X-Request-Id: a b"])
        }
        let refusals = log.lines("Engine.IO request refused")
        #expect(refusals.map { $0.metadata["http.request_id"] } == ["order-66", nil])
        #expect(refusals.map { $0.metadata["http.status"] } == ["400", "400"])
        #expect(log.lines("session opened").isEmpty)
    }
}
