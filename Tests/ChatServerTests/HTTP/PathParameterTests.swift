// Licensed under the MIT licence.

import Testing

@testable import ChatServer

@Suite struct PathParameterTests {
    @Test(
        arguments: [
            ("", ""), ("lobby", "lobby"), ("a%20b", "a b"), ("a+b", "a+b"), ("%2f%2F", "//"), ("%C3%B6", "ö"),
            ("%F0%9F%AB%B6", "🫶"),
            ("%25", "%"), ("ö", "ö"), ("%00", "\0"), ("%", nil), ("a%2", nil), ("%g0", nil), ("%C3", nil),
            ("%ED%A0%80", nil),
        ] as [(String, String?)]
    )
    func decoding(segment: String, text: String?) {
        #expect(PathParameter.decode(segment) == text)
    }

    @Test(
        arguments: [
            ("/health", .health), ("/health/", .health), ("//health", .health), ("/rooms/{room_id}/users", .roomUsers),
            ("/rooms/%2F/messages", .roomMessages), ("/users/x/status", .userStatus), ("/", nil), ("/Health", nil),
            ("/rooms/a/b/users", nil), ("/rooms//users", nil), ("/users/x/status/y", nil),
        ] as [(String, Endpoint?)]
    )
    func endpoints(path: String, endpoint: Endpoint?) {
        #expect(Endpoint(path: path) == endpoint)
    }
}
