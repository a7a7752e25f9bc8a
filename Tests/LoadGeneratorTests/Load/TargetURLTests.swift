// Licensed under the MIT licence.

import NIOCore
import Testing

@testable import LoadGenerator

@Suite struct TargetURLTests {
    struct Row: CustomTestStringConvertible {
        var text: String
        var host: String
        var port: Int
        var path: String
        var testDescription: String { self.text }
    }

    @Test(arguments: [
        Row(text: "http://127.0.0.1:8080", host: "127.0.0.1", port: 8080, path: "/socket.io/"),
        Row(text: "http://127.0.0.1:8080/", host: "127.0.0.1", port: 8080, path: "/socket.io/"),
        Row(text: "ws://localhost/chat", host: "localhost", port: 80, path: "/chat/"),
        Row(text: "HTTP://[::1]:3000/a/b/", host: "::1", port: 3000, path: "/a/b/"),
        Row(text: "http://[::1]", host: "::1", port: 80, path: "/socket.io/"),
    ])
    func urlsAreTakenApart(row: Row) throws {
        let url = try #require(TargetURL(row.text))
        #expect(url.host == row.host)
        #expect(url.port == row.port)
        #expect(url.path == row.path)
    }

    @Test(arguments: [
        "", "127.0.0.1:8080", "https://127.0.0.1", "http://", "http://:80", "http://a:0", "http://a:65536",
        "http://a:b", "http://a:1:2",
        "http://u@a", "http://a/?x=1", "http://a/#x", "http://a b", "http://[::1", "http://[::1]x", "http://a\r\nb",
    ])
    func otherTextsAreRefused(text: String) {
        #expect(TargetURL(text) == nil)
    }

    @Test func loopbackIsRecognised() throws {
        #expect(try SocketAddress(ipAddress: "127.3.2.1", port: 1).isLoopback)
        #expect(try SocketAddress(ipAddress: "::1", port: 1).isLoopback)
        #expect(try !SocketAddress(ipAddress: "10.0.0.1", port: 1).isLoopback)
        #expect(try !SocketAddress(ipAddress: "0.0.0.0", port: 1).isLoopback)
    }
}
