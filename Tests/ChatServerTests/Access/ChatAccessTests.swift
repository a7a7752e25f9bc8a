// Licensed under the MIT licence.

import Chat
import EngineIOCore
import NIOCore
import SocketIO
import SocketIOCore
import Testing
import WireJSON

@testable import ChatServer

@Suite struct ChatAccessTests {
    private static let now: Int64 = 1_700_000_000
    private let maker = TokenMaker()

    private func access() async throws -> ChatAccess {
        let verifier = TokenVerifier(TokenRules(), limits: ChatLimits())
        verifier.use(TokenKeys([try await .secret(Array(self.maker.secret.utf8))]))
        return ChatAccess(tokens: verifier, now: { Self.now })
    }

    private func connection(
        _ query: String = "",
        _ headers: [(name: String, value: String)] = [],
        _ revision: ProtocolRevision = .v4
    ) -> EngineHandshake {
        EngineHandshake(
            revision: revision,
            transport: .polling,
            target: "/socket.io/?EIO=\(revision.rawValue)&transport=polling\(query)",
            headers: HeaderBlock(headers),
            address: "192.0.2.1"
        )
    }

    private func json(_ text: String) throws -> JSONValue { try JSONValue(validating: ByteBuffer(string: text)) }

    private func session(_ kept: String?, rooms: [Room] = []) throws -> RecoverySession {
        RecoverySession(
            pid: PrivateSessionID(random: (1, 2)),
            sid: "s",
            data: try kept.map { [SocketData.grantName: try self.json($0)] } ?? [:],
            history: RoomHistory(rooms: rooms, changes: RoomChanges()),
            settledThrough: 0,
            disconnectedAt: .now(),
            receivedBefore: .now()
        )
    }

    @Test("where a handshake has its token")
    func handshakes() async throws {
        let access = ChatAccess()
        let bearer: [(name: String, value: String)] = [("Authorization", "bearer  h ")]
        #expect(try access.handshakeToken(self.connection("&token=q", bearer), self.json(#"{"token":"a"}"#)) == "a")
        #expect(try access.handshakeToken(self.connection("&token=q", bearer, .v3), .emptyObject) == "q")
        #expect(try access.handshakeToken(self.connection("&token=q", bearer), .emptyObject) == "h")
        #expect(try access.handshakeToken(self.connection("&token=q"), self.json(#"{"token":null}"#)) == nil)
        #expect(try access.handshakeToken(self.connection("", [("authorization", "Basic aDpo")]), .emptyObject) == nil)
        #expect(throws: ChatError.self) { try access.handshakeToken(self.connection(), self.json(#"{"token":{}}"#)) }
        let long = String(repeating: "x", count: 16_385)
        #expect(throws: ChatError.self) {
            try access.handshakeToken(self.connection(), self.json(#"{"token":"\#(long)"}"#))
        }
    }

    @Test(
        "in open mode a session goes to nobody who says another name",
        arguments: [
            (nil, "{}", true), (nil, #"{"user_id":"u2"}"#, true), (#"{"user_id":"u1","username":"A"}"#, "{}", true),
            (#"{"user_id":"u1","username":"A"}"#, #"{"user_id":"u1"}"#, true),
            (#"{"user_id":"u1","username":"A"}"#, #"{"user_id":null}"#, true),
            (#"{"user_id":"u1","username":"A"}"#, #"{"user_id":"u2"}"#, false),
            (#"{"user_id":"u1","username":"A"}"#, #"{"user_id":7}"#, false), ("7", "{}", false),
        ] as [(String?, String, Bool)]
    )
    func open(kept: String?, auth: String, isAllowed: Bool) throws {
        #expect(try ChatAccess().mayResume(self.session(kept), self.connection(), self.json(auth)) == isAllowed)
    }

    @Test("with tokens nobody comes back to what was never verified, is over, or is more than the token allows")
    func tokens() async throws {
        let access = try await self.access()
        let now = Self.now
        let mayResume = { (kept: String, auth: String, rooms: [Room]) in
            try access.mayResume(self.session(kept, rooms: rooms), self.connection(), self.json(auth))
        }
        let user = #""user_id":"u1","username":"A""#
        #expect(try !mayResume("{\(user)}", "{}", []))
        #expect(try mayResume(#"{\#(user),"verified":true}"#, "{}", []))
        #expect(try mayResume(#"{\#(user),"verified":true,"expiry":\#(now + 60)}"#, "{}", []))
        let over = #"{\#(user),"verified":true,"expiry":\#(now - 1)}"#
        #expect(try !mayResume(over, "{}", []))
        let room = Room(try RoomID("a"))
        let token = { (claims: String) in #"{"token":"\#(self.maker.token(claims))"}"# }
        #expect(try mayResume(over, token(#"{"sub":"u1"}"#), [room]))
        #expect(try mayResume(over, token(#"{"sub":"u1","rooms":["a"]}"#), [room]))
        #expect(try !mayResume(over, token(#"{"sub":"u1","rooms":["b"]}"#), [room]))
        #expect(try !mayResume(over, token(#"{"sub":"u2"}"#), []))
    }
}
