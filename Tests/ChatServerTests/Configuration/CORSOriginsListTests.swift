// Licensed under the MIT licence.

import EngineIOCore
import Testing

@testable import ChatServer

@Suite struct CORSOriginsListTests {
    @Test(arguments: [
        ("https://chat.example", ["https://chat.example"]), (" http://localhost:3000 ,", ["http://localhost:3000"]),
        ("https://Chat.Example/", ["https://chat.example"]), ("https://a:443,http://b:80", ["https://a", "http://b"]),
        ("https://a:80", ["https://a:80"]), ("http://[::1]:3000", ["http://[::1]:3000"]),
        ("http://[::1]", ["http://[::1]"]),
        ("capacitor://localhost", ["capacitor://localhost"]), ("https://a,https://a", ["https://a"]),
    ])
    func origins(list: String, origins: [String]) {
        #expect(CORSOrigins(list: list) == .only(Set(origins)))
    }

    @Test func theStarIsAll() {
        #expect(CORSOrigins(list: " * ") == .any)
    }

    @Test(arguments: [
        "", ",", "chat.example", "https://", "https:///", "https://a/b", "https://a?b", "https://a#b", "https://u@a",
        "://a",
        "*,https://a", "https://a:port", "https://a:70000", "https://:80", "https://a b", "null", "https://*.example",
        "1://a",
        "http://::1", "https://bücher.example",
    ])
    func whatIsNoOrigin(list: String) {
        #expect(CORSOrigins(list: list) == nil)
    }
}
