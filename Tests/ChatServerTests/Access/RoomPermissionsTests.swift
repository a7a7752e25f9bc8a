// Licensed under the MIT licence.

import Chat
import NIOCore
import Testing
import WireJSON

@testable import ChatServer

@Suite struct RoomPermissionsTests {
    private func permissions(_ claim: String?) throws -> RoomPermissions? {
        RoomPermissions(claim: try claim.map { try JSONValue(validating: ByteBuffer(string: $0)) })
    }

    @Test(arguments: [
        ("lobby", "lobby", true), ("lobby", "lobb", false), ("lobby", "lobbyx", false), ("*", "", true),
        ("*", "any", true),
        ("team-*", "team-", true), ("team-*", "team-1", true), ("team-*", "team", false), ("team-*", "xteam-1", false),
        ("*-public", "a-public", true), ("*-public", "-public", true), ("*-public", "a-public-b", false),
        ("a*b*c", "abc", true), ("a*b*c", "axbxbxc", true), ("a*b*c", "acb", false), ("a*a", "a", false),
        ("a*a", "aa", true),
        ("**", "x", true), ("a**b", "ab", true), ("*ab*ab*", "xabxab", true), ("*ab*ab*", "xabx", false),
        ("*aab*", "aaab", true), ("*abab*c", "abaababc", true), ("a.c", "abc", false), ("[ab]", "a", false),
        ("?", "x", false),
        ("é*", "é1", true), ("*\u{301}", "e\u{301}", true),
    ])
    func patterns(pattern: String, id: String, matches: Bool) throws {
        let pattern = try #require(RoomPattern(pattern))
        #expect(pattern.matches(id) == matches)
    }

    @Test("what a pattern of asterisks costs grows with its length alone")
    func costs() throws {
        let pattern = try #require(RoomPattern(String(repeating: "*a", count: 127) + "b"))
        #expect(!pattern.matches(String(repeating: "a", count: 128)))
        #expect(RoomPattern("") == nil)
        #expect(RoomPattern(String(repeating: "*", count: 257)) == nil)
    }

    @Test(
        arguments: [
            (nil, "j s r", "j s r"), ("null", "j s r", "j s r"), (#"["a*"]"#, "j s r", ""), ("[]", "", ""),
            ("{}", "", ""),
            (#"{"join":["a"],"read":["*"]}"#, "j r", "r"), (#"{"join":["*"],"send":["*"]}"#, "s", "s"),
            (#"{"send":["a"]}"#, "s", ""), (#"{"read":["a"],"join":null}"#, "r", ""),
            (#"{"join":["a"],"send":["b"],"read":["a","b"]}"#, "j r", "s r"), (#"{"other":["a"]}"#, "", ""),
        ] as [(String?, String, String)]
    )
    func claims(claim: String?, inA: String, inB: String) throws {
        let permissions = try #require(try self.permissions(claim))
        for (room, expected) in [("a", inA), ("b", inB)] {
            let room = try RoomID(room)
            let may = [
                permissions.mayJoin(room) ? "j" : nil, permissions.maySend(to: room) ? "s" : nil,
                permissions.mayRead(room) ? "r" : nil,
            ]
            #expect(may.compactMap(\.self).joined(separator: " ") == expected, "\(room.string)")
        }
    }

    @Test(
        "a claim that makes no sense forbids the token",
        arguments: [
            #""a""#, "7", "true", #"[1]"#, #"[""]"#, #"["a",null]"#, #"{"join":"a"}"#, #"{"join":[["a"]]}"#,
            #"{"read":{}}"#,
            "[\(Array(repeating: "\"a\"", count: 65).joined(separator: ","))]",
            #"{"send":["\#(String(repeating: "a", count: 300))"]}"#,
        ]
    )
    func nonsense(claim: String) throws {
        #expect(try self.permissions(claim) == nil)
    }

    @Test(
        "a grant survives being kept",
        arguments: [nil, #"["a*","b"]"#, #"{"join":["a"],"send":[],"read":["*"]}"#] as [String?]
    )
    func keeping(claim: String?) throws {
        let user = ChatUser(id: try UserID("u\"1"), name: ExactText("Ann"))
        let permissions = try #require(try self.permissions(claim))
        for expiry in [nil, 1_700_000_000] as [Int64?] {
            let grant = Grant(user: user, permissions: permissions, expiry: expiry, isVerified: true)
            #expect(Grant(json: try JSONValue(validating: grant.json), limits: ChatLimits()) == grant)
        }
        let claimed = Grant(user: user)
        #expect(Grant(json: try JSONValue(validating: claimed.json), limits: ChatLimits()) == claimed)
    }
}
