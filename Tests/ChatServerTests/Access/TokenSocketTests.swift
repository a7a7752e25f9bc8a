// Licensed under the MIT licence.

import Chat
import ChatStores
import EngineIOCore
import Logging
import NIOCore
import SocketIO
import SocketIOCore
import SocketIOTesting
import Testing
import WireJSON

@testable import ChatServer

/// Sockets where who they are comes from tokens.
@Suite struct TokenSocketTests {
    /// The time of day stands still, however long the machine takes.
    private static let now: Int64 = 1_700_000_000
    private let loop = TestLoop(shardCount: 2)
    private let server: SocketIO.Server
    private let maker = TokenMaker()

    init() async throws {
        let verifier = TokenVerifier(TokenRules(), limits: ChatLimits())
        verifier.use(TokenKeys([try await .secret(Array(self.maker.secret.utf8))]))
        let access = ChatAccess(tokens: verifier, now: { Self.now })
        var options = ServerOptions()
        options.connectionStateRecovery = ConnectionStateRecovery(
            takesPart: { $1.member("recovers") != nil },
            mayResume: { access.mayResume($0, $1, $2) }
        )
        self.server = Server(shards: self.loop.shards, options: options, logger: Logger(label: "tests"))
        var settings = ChatSettings()
        settings.rateLimits = nil
        ChatService(
            io: self.server,
            store: MemoryStore(stripes: 1),
            access: access,
            settings: settings,
            logger: Logger(label: "tests")
        ).register()
    }

    private func token(_ user: String, _ more: String = "", expiresIn seconds: Int64 = 3600) -> String {
        self.maker.token(#"{"sub":"\#(user)","exp":\#(Self.now + seconds)\#(more)}"#)
    }

    /// A client that has joined the main namespace.
    private func client(auth: String = "", revision: ProtocolRevision = .v4, query: String = "") -> ChatClient {
        let server = self.server
        let client = TestClient(on: self.loop, revision: revision, query: query) { server.accept($0) }
        if revision == .v4 { client.connect(auth: auth) }
        return ChatClient(client, user: "")
    }

    /// Takes what comes until so much has.
    private func take(_ client: ChatClient, _ count: Int = 1) async throws -> [String] {
        var lines: [String] = []
        await self.loop.run {
            lines += ((try? client.take()) ?? []).map(Self.line)
            return lines.count >= count || client.client.closeReason != nil
        }
        return lines
    }

    /// Codes and names alone.
    private static func line(_ received: ChatClient.Received) -> String {
        switch received {
        case .event("error", let payload): "error \(payload.text("code")) \(payload.text("event"))"
        case .event("authenticated", let payload):
            "authenticated \(payload.text("user_id")) \(payload.text("username"))"
        case .event(let name, _): name
        case .acknowledgement(let number, let answer): "\(number) \(answer.isOK ? "ok" : answer.text("code"))"
        case .other(let text): text.hasPrefix("0") ? "in" : text
        }
    }

    @Test("the id is the token's, whatever the client claims")
    func identity() async throws {
        let client = self.client(
            auth: #"{"user_id":"boss","username":"Boss","token":"\#(self.token("u1", #","name":"Ann""#))"}"#
        )
        #expect(try await self.take(client) == ["authenticated u1 Ann"])
    }

    @Test("without a token a socket waits until it brings one")
    func later() async throws {
        let client = self.client(auth: #"{"user_id":"u1"}"#)
        client.send("join", #"{"room_id":"r"}"#)
        #expect(try await self.take(client, 2).contains("1 NOT_AUTHENTICATED"))
        client.send("authenticate", #"{"user_id":7,"token":"\#(self.token("u1"))"}"#)
        #expect(try await self.take(client, 2) == ["authenticated u1 user_u1", "2 ok"])
    }

    @Test("what is sent behind a token waits for it, in its order")
    func pipelining() async throws {
        let client = self.client()
        client.send("authenticate", #"{"token":"\#(self.token("u1"))"}"#)
        client.send("join", #"{"room_id":"r"}"#)
        client.send("message", #"{"room_id":"r","content":"x"}"#)
        client.send("nonsense", "{}")
        let lines = try await self.take(client, 9)
        #expect(lines.prefix(2) == ["authenticated u1 user_u1", "1 ok"])
        #expect(lines.contains("2 ok") && lines.contains("3 ok") && lines.contains("4 INVALID_PAYLOAD"))
        #expect(!lines.contains { $0.contains("NOT_AUTHENTICATED") })
    }

    @Test("so much waits and no more")
    func waitingIsBounded() async throws {
        let client = self.client()
        client.send("authenticate", #"{"token":"\#(self.token("u1"))"}"#)
        for _ in 0..<WaitingEvents.maximumCount + 3 { client.send("typing", #"{"room_id":"r","is_typing":true}"#) }
        let lines = try await self.take(client, 2 + 2 * (WaitingEvents.maximumCount + 3))
        #expect(lines.filter { $0.hasSuffix(" RATE_LIMITED") }.count == 3)
        #expect(lines.filter { $0.hasSuffix(" NOT_ROOM_MEMBER") }.count == WaitingEvents.maximumCount)
    }

    @Test("a token that does not do ends the socket", arguments: ["", "x.y.z", "expired", "foreign"])
    func badTokens(kind: String) async throws {
        let token =
            switch kind {
            case "expired": self.token("u1", expiresIn: -3600)
            case "foreign": TokenMaker(secret: "another").token(#"{"sub":"u1"}"#)
            default: kind
            }
        let client = self.client()
        client.send("authenticate", #"{"token":"\#(token)"}"#)
        #expect(try await self.take(client, 3).prefix(2) == ["1 INVALID_TOKEN", "error INVALID_TOKEN authenticate"])
        await self.loop.run { client.client.closeReason != nil }

        let shaking = self.client(auth: #"{"token":"\#(token)"}"#)
        #expect(try await self.take(shaking) == ["error INVALID_TOKEN authenticate"])
        #expect(shaking.client.closeReason == nil)
        self.loop.advance(by: .seconds(1))
        #expect(shaking.client.closeReason != nil)
    }

    @Test("a token is required, and must be a string", arguments: ["{}", #"{"user_id":"u1"}"#, #"{"token":7}"#])
    func noTokens(payload: String) async throws {
        let client = self.client()
        client.send("authenticate", payload)
        #expect(try await self.take(client, 3).prefix(2) == ["1 INVALID_TOKEN", "error INVALID_TOKEN authenticate"])
        await self.loop.run { client.client.closeReason != nil }
    }

    @Test("a v2 client has the token in its query")
    func query() async throws {
        let client = self.client(revision: .v3, query: "user_id=boss&token=\(self.token("u1"))")
        #expect(try await self.take(client, 2).contains("authenticated u1 user_u1"))
    }

    @Test("when its time comes a socket ends")
    func expiry() async throws {
        let client = self.client(auth: #"{"token":"\#(self.token("u1", expiresIn: 10))"}"#)
        #expect(try await self.take(client) == ["authenticated u1 user_u1"])
        // The leeway of 30 seconds counts.
        self.loop.advance(by: .seconds(39))
        #expect(client.client.closeReason == nil)
        self.loop.advance(by: .seconds(2))
        #expect(try client.take().map(Self.line).first == "error INVALID_TOKEN authenticate")
        #expect(client.client.closeReason != nil)
    }

    @Test("a new token of the same user prolongs it, one of another does not")
    func prolonging() async throws {
        let client = self.client(auth: #"{"token":"\#(self.token("u1", expiresIn: 10))"}"#)
        _ = try await self.take(client)
        client.send("authenticate", #"{"token":"\#(self.token("u2"))"}"#)
        #expect(
            try await self.take(client, 2) == ["1 ALREADY_AUTHENTICATED", "error ALREADY_AUTHENTICATED authenticate"]
        )
        client.send("authenticate", #"{"token":"\#(self.token("u1", #","name":"New""#, expiresIn: 100))"}"#)
        #expect(try await self.take(client, 2) == ["authenticated u1 user_u1", "2 ok"])
        self.loop.advance(by: .seconds(100))
        #expect(client.client.closeReason == nil)
        self.loop.advance(by: .seconds(35))
        #expect(client.client.closeReason != nil)
    }

    @Test("rooms that a new token takes away are left")
    func takenAway() async throws {
        let client = self.client(auth: #"{"token":"\#(self.token("u1"))"}"#)
        _ = try await self.take(client)
        for room in ["a", "b"] {
            client.send("join", #"{"room_id":"\#(room)"}"#)
            _ = try await self.take(client, 2)
        }
        client.send("authenticate", #"{"token":"\#(self.token("u1", #","rooms":["a"]"#))"}"#)
        #expect(
            try await self.take(client, 3) == ["authenticated u1 user_u1", "3 ok", "error FORBIDDEN authenticate"]
        )
        client.send("typing", #"{"room_id":"a","is_typing":true}"#)
        client.send("typing", #"{"room_id":"b","is_typing":true}"#)
        let lines = try await self.take(client, 3)
        #expect(lines.contains("4 ok") && lines.contains("5 NOT_ROOM_MEMBER"))
    }

    @Test("what a token says of rooms holds for each event")
    func permissions() async throws {
        let rooms = #","rooms":{"join":["a","b"],"send":["b","c"],"read":["a","b"]}"#
        let client = self.client(auth: #"{"token":"\#(self.token("u1", rooms))"}"#)
        _ = try await self.take(client)
        var number = 0
        for (event, payload, expected) in [
            ("join", #"{"room_id":"a"}"#, "ok"), ("join", #"{"room_id":"b"}"#, "ok"),
            ("join", #"{"room_id":"c"}"#, "FORBIDDEN"), ("join", #"{"room_id":"d","after":0}"#, "FORBIDDEN"),
            ("message", #"{"room_id":"a","content":"x"}"#, "FORBIDDEN"),
            ("message", #"{"room_id":"b","content":"x"}"#, "ok"),
            ("typing", #"{"room_id":"a","is_typing":true}"#, "FORBIDDEN"),
            ("typing", #"{"room_id":"b","is_typing":true}"#, "ok"), ("read", #"{"room_id":"a","seq":0}"#, "ok"),
            ("history", #"{"room_id":"a"}"#, "ok"), ("message", #"{"room_id":"c","content":"x"}"#, "NOT_ROOM_MEMBER"),
        ] {
            number = client.send(event, payload)
            var lines: [String] = []
            let wanted = "\(number) \(expected)"
            await self.loop.run {
                lines += ((try? client.take()) ?? []).map(Self.line)
                return lines.contains { $0.hasPrefix("\(number) ") }
            }
            #expect(lines.contains(wanted), "\(event) \(payload): \(lines)")
        }
    }

    // MARK: Coming back

    /// A client that has lost its connection; its private id.
    private func lost(_ token: String) async throws -> String {
        let server = self.server
        let client = TestClient(on: self.loop) { server.accept($0) }
        client.send(#"0{"recovers":1,"token":"\#(token)"}"#)
        var pid = ""
        var isKnown = false
        await self.loop.run {
            for text in client.take() {
                if text.hasPrefix("0"),
                    let packet = try? JSONValue(validating: ByteBuffer(string: String(text.dropFirst())))
                {
                    pid = packet.text("pid")
                }
                isKnown = isKnown || text.contains("authenticated")
            }
            return isKnown
        }
        self.loop.advance(by: .seconds(1))
        client.end()
        self.loop.run()
        return pid
    }

    /// Whether a client that comes with this is let go on.
    private func isRecovered(_ pid: String, _ more: String) async throws -> Bool {
        let server = self.server
        let client = TestClient(on: self.loop) { server.accept($0) }
        client.send(#"0{"recovers":1,"pid":"\#(pid)"\#(more)}"#)
        var answer = ""
        await self.loop.run {
            answer += client.take().filter { $0.hasPrefix("0") }.joined()
            return !answer.isEmpty || client.closeReason != nil
        }
        return answer.contains(pid)
    }

    @Test("a session goes to whoever has a token of its user, or knows its id while it is valid")
    func comingBack() async throws {
        #expect(try await self.isRecovered(self.lost(self.token("u1")), ""))
        #expect(try await self.isRecovered(self.lost(self.token("u1")), #","token":"\#(self.token("u1"))""#))
        let pid = try await self.lost(self.token("u1"))
        #expect(try await !self.isRecovered(pid, #","token":"\#(self.token("u2"))""#))
        #expect(try await !self.isRecovered(pid, #","token":"x""#))
        #expect(try await !self.isRecovered(pid, #","token":7"#))
        #expect(try await !self.isRecovered(pid, #","token":"\#(self.token("u1", expiresIn: -3600))""#))
        #expect(try await self.isRecovered(pid, #","user_id":"u2""#), "kept for whoever may have it")
    }
}
