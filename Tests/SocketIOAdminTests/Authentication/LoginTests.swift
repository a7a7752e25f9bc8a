// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import SocketIO
import SocketIOTesting
import Testing
import WireJSON

@testable import SocketIOAdmin

@Suite(.timeLimit(.minutes(15))) struct LoginTests {
    /// "changeit", of the lowest cost.
    private static let hash = "$2y$04$abcdefghijklmnopqrstuudwGrhhx5JklpO9.j/ckWDCf3exvs1/2"
    private static let password = #"{"username":"admin","password":"changeit"}"#
    private static let refusal = #"4/admin,{"message":"invalid credentials"}"#

    private static func fixture(_ change: (inout AdminOptions) -> Void = { _ in }) throws -> AdminFixture {
        var options = AdminOptions(authentication: .basic(username: "admin", passwordHash: self.hash))
        change(&options)
        return try AdminFixture(options)
    }

    @Test("The password earns a session, whose id is as good as the password; it comes before anything else")
    func session() async throws {
        let fixture = try Self.fixture()
        let admin = fixture.visitor(auth: Self.password)
        let told = await admin.take(through: "config")
        #expect(told.map(\.name) == ["session", "config"])
        let id = try #require(told.first?.arguments.first)
        #expect(id.utf8.count == 34)

        let again = fixture.visitor(auth: #"{"sessionId":\#(id)}"#)
        #expect(await again.take(through: "config").map(\.name) == ["config"])
    }

    @Test(
        "Everybody else is told that the credentials are invalid, as the UI expects it",
        arguments: [
            "", "{}", #"{"username":"admin"}"#, #"{"password":"changeit"}"#,
            #"{"username":"admin","password":"changeme"}"#, #"{"username":"Admin","password":"changeit"}"#,
            #"{"username":"admin","password":""}"#, #"{"username":["admin"],"password":{"a":1}}"#,
            #"{"username":"admin","password":"changeit\u0000"}"#, #"{"username":null,"password":null}"#,
            #"{"sessionId":""}"#, #"{"sessionId":null}"#, #"{"sessionId":true}"#, #"{"sessionId":{}}"#,
            #"{"sessionId":"00000000000000000000000000000000"}"#,
        ]
    )
    func refused(_ auth: String) async throws {
        let fixture = try Self.fixture()
        let visitor = fixture.visitor(auth: auth)
        #expect(await visitor.answer() == Self.refusal)
        // It is in nothing: an event for the namespace ends the connection.
        visitor.send("emit", #""/",null,"x""#)
        #expect(visitor.client.closeReason == .parseError)
    }

    @Test("Long names and passwords are refused unread")
    func long() async throws {
        let fixture = try Self.fixture()
        let long = String(repeating: "a", count: 100_000)
        for auth in [#"{"username":"\#(long)","password":"changeit"}"#, #"{"username":"admin","password":"\#(long)"}"#]
        {
            #expect(await fixture.visitor(auth: auth).answer() == Self.refusal)
        }
        #expect(await fixture.visitor(auth: #"{"sessionId":"\#(long)"}"#).answer() == Self.refusal)
    }

    @Test("After five failures not even the right password is listened to, but a session is; later all is well again")
    func attempts() async throws {
        let fixture = try Self.fixture()
        let admin = fixture.visitor(auth: Self.password)
        let id = try #require(await admin.take(through: "config").first?.arguments.first)
        for _ in 0..<5 {
            let visitor = fixture.visitor(auth: #"{"username":"admin","password":"guess"}"#)
            #expect(await visitor.answer() == Self.refusal)
        }
        let late = #"4/admin,{"message":"too many attempts, try again later"}"#
        #expect(await fixture.visitor(auth: Self.password).answer() == late)
        let again = fixture.visitor(auth: #"{"sessionId":\#(id)}"#)
        #expect(await again.take(through: "config").map(\.name) == ["config"])
        fixture.loop.advance(by: .minutes(3))
        let later = fixture.visitor(auth: Self.password)
        #expect(await later.take(through: "config").map(\.name) == ["session", "config"])
    }

    @Test("Attempts made all at once are counted like others")
    func concurrentAttempts() async throws {
        let fixture = try Self.fixture()
        let visitors = (0..<50).map { _ in fixture.visitor(auth: #"{"username":"admin","password":"guess"}"#) }
        var answers: [String: Int] = [:]
        for visitor in visitors { answers[await visitor.answer(), default: 0] += 1 }
        #expect(answers[Self.refusal] == 5)
        #expect(answers.count == 2)
    }

    @Test("Where too many wait to be checked, further ones are sent away unchecked")
    func busy() async throws {
        let authenticator = try Authenticator(
            .basic(username: "admin", passwordHash: Self.hash),
            limits: AdminOptions.Limits(),
            queue: WorkQueue(maximumRunning: 0, maximumWaiting: 0)
        )
        let auth = try JSONValue(validating: ByteBuffer(string: Self.password))
        let refusal = await #expect(throws: ConnectionRefusal.self) {
            try await authenticator.authenticate(auth, from: "192.0.2.1", now: .uptimeNanoseconds(1))
        }
        #expect(refusal?.message == "server busy, try again later")
    }

    @Test("Sessions end when their time is up")
    func expiry() async throws {
        let fixture = try Self.fixture { $0.limits.sessionLifetime = .seconds(60) }
        let admin = fixture.visitor(auth: Self.password)
        let id = try #require(await admin.take(through: "config").first?.arguments.first)
        fixture.loop.advance(by: .seconds(61))
        #expect(await fixture.visitor(auth: #"{"sessionId":\#(id)}"#).answer() == Self.refusal)
    }

    @Test("Options that are no good are an error at the start")
    func options() {
        func code(_ options: AdminOptions) -> AdminConfigurationError.Code? {
            #expect(throws: AdminConfigurationError.self) { try AdminInterface(options: options) }?.code
        }
        #expect(code(AdminOptions(authentication: .basic(username: "", passwordHash: Self.hash))) == .badUsername)
        #expect(code(AdminOptions(authentication: .basic(username: "a", passwordHash: "changeit"))) == .unsupportedHash)
        #expect(code(AdminOptions(authentication: .none, namespaceName: "/")) == .badNamespace)
        #expect(code(AdminOptions(authentication: .none, namespaceName: "")) == .badNamespace)
    }
}
