// Licensed under the MIT licence.

import EngineIOCore
import Testing

@Suite struct TrustedProxiesTests {
    private static func origin(
        _ proxies: TrustedProxies,
        peer: String,
        _ fields: [(String, String)]
    ) -> TrustedProxies.Origin {
        proxies.origin(peer: peer) { name in fields.filter { $0.0 == name }.map(\.1) }
    }

    private static func address(_ forwarded: String..., peer: String = "10.0.0.1") -> String {
        Self.origin(.privateNetworks, peer: peer, forwarded.map { ("x-forwarded-for", $0) }).address
    }

    @Test(arguments: [
        ("203.0.113.9", "203.0.113.9"), ("198.51.100.1, 203.0.113.9", "203.0.113.9"),
        ("203.0.113.9, 10.0.0.7", "203.0.113.9"),
        ("198.51.100.1, 203.0.113.9,192.168.1.1 , 10.0.0.7", "203.0.113.9"), ("10.0.0.5, 10.0.0.7", "10.0.0.5"),
        ("203.0.113.9:4711", "203.0.113.9"), ("[2001:db8::1]:4711", "2001:db8::1"), ("[2001:DB8::1]", "2001:db8::1"),
        ("2001:db8:0::1", "2001:db8::1"), ("::ffff:203.0.113.9", "203.0.113.9"),
        ("[::ffff:203.0.113.9]:80", "203.0.113.9"),
        ("203.0.113.9, ::ffff:10.0.0.7", "203.0.113.9"),
    ])
    func `the nearest address that is no proxy's`(value: String, expected: String) {
        #expect(Self.address(value) == expected)
    }

    @Test(arguments: [
        "", " ", ",", "unknown", "203.0.113.9,", "203.0.113.9, ", "203.0.113.999", "203.0.113.9:", "203.0.113.9:port",
        "203.0.113.9:123456",
        "[2001:db8::1", "2001:db8::1]", "[2001:db8::1]80", "[203.0.113.9]", "203.0.113.9;10.0.0.7", "\"203.0.113.9\"",
        "localhost",
        "203.0.113.9 10.0.0.7", "[]", "[]:80", ":80", "203.0.113.9, garbage",
    ])
    func `garbage ends the walk at who passed it on`(value: String) {
        #expect(Self.address(value) == "10.0.0.1")
        #expect(Self.address(value, "10.0.0.7") == "10.0.0.7")
    }

    @Test func `several fields are one list`() {
        #expect(Self.address("198.51.100.1", "203.0.113.9", "10.0.0.7, 10.0.0.8") == "203.0.113.9")
    }

    @Test(arguments: ["203.0.113.5", "", "not an address", "11.0.0.1"])
    func `a peer that is not trusted says what it likes`(peer: String) {
        let fields = [("x-forwarded-for", "198.51.100.1"), ("x-forwarded-proto", "https")]
        let origin = Self.origin(.privateNetworks, peer: peer, fields)
        #expect(origin == .init(address: peer, isSecure: false))
    }

    @Test func `nobody is trusted unless told so`() {
        let fields = [("x-forwarded-for", "198.51.100.1"), ("x-forwarded-proto", "https")]
        #expect(Self.origin(.none, peer: "127.0.0.1", fields) == .init(address: "127.0.0.1", isSecure: false))
    }

    @Test(arguments: [
        ("203.0.113.9", "https", true), ("203.0.113.9", "HTTPS", true), ("203.0.113.9", "http", false),
        ("203.0.113.9", "", false),
        // One for each hop: the client's counts.
        ("203.0.113.9, 10.0.0.7", "https, http", true), ("203.0.113.9, 10.0.0.7", "http, https", false),
        ("198.51.100.1, 203.0.113.9", "https, http", false),
        // One for all.
        ("203.0.113.9, 10.0.0.7", "https", true), ("203.0.113.9", "https, http", false),
    ])
    func `whether the client's connection was encrypted`(forwarded: String, said: String, isSecure: Bool) {
        let fields = [("x-forwarded-for", forwarded), ("x-forwarded-proto", said)]
        let origin = Self.origin(.privateNetworks, peer: "10.0.0.1", fields)
        #expect(origin == .init(address: forwarded.contains("203") ? "203.0.113.9" : forwarded, isSecure: isSecure))
    }

    @Test func `a proxy may tell the protocol alone`() {
        let origin = Self.origin(.privateNetworks, peer: "::1", [("x-forwarded-proto", "https")])
        #expect(origin == .init(address: "::1", isSecure: true))
    }

    /// RFC 7239 §4 and §6.
    @Test(arguments: [
        ("for=203.0.113.9;proto=https", "203.0.113.9", true),
        ("For=\"[2001:db8:cafe::17]:4711\"", "2001:db8:cafe::17", false),
        ("for=192.0.2.60;proto=http;by=203.0.113.43", "192.0.2.60", false),
        ("for=192.0.2.43, for=198.51.100.17", "198.51.100.17", false),
        ("for=192.0.2.43;proto=https, for=10.0.0.7;proto=http", "192.0.2.43", true),
        ("proto=\"https\" ; FOR=192.0.2.43", "192.0.2.43", true), ("for=\"192.0.2.43:80\"", "192.0.2.43", false),
        ("for=\"\\1\\92.0.2.43\"", "192.0.2.43", false),
        ("host=\"a,b;for=1.1.1.1\";for=192.0.2.43", "192.0.2.43", false),
        // Hidden, unknown, missing or broken.
        ("for=unknown;proto=https", "10.0.0.1", true), ("for=\"_gazonk\"", "10.0.0.1", false),
        ("proto=https", "10.0.0.1", true),
        ("for=192.0.2.43, for=_hidden", "10.0.0.1", false), ("for", "10.0.0.1", false), ("", "10.0.0.1", false),
        ("for=\"192.0.2.43", "10.0.0.1", false), ("for=2001:db8::1]", "10.0.0.1", false),
    ])
    func `the standard's field`(value: String, address: String, isSecure: Bool) {
        var proxies = TrustedProxies.privateNetworks
        proxies.fields = .forwarded
        let origin = Self.origin(
            proxies,
            peer: "10.0.0.1",
            [("forwarded", value), ("x-forwarded-for", "198.51.100.1")]
        )
        #expect(origin == .init(address: address, isSecure: isSecure))
    }

    @Test func `only the configured fields are read`() {
        let fields = [("forwarded", "for=198.51.100.1;proto=https")]
        #expect(Self.origin(.privateNetworks, peer: "10.0.0.1", fields) == .init(address: "10.0.0.1", isSecure: false))
    }
}
