// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import SocketIOTesting
import Testing

@Suite struct ProxyProtocolTests {
    private func read(_ bytes: [UInt8]) -> ProxyProtocol.Reading {
        ProxyProtocol.read(ByteBuffer(bytes: bytes).readableBytesView)
    }

    private static let start: [UInt8] = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a]
    private static let ipv4: [UInt8] = [192, 0, 2, 1, 198, 51, 100, 1, 0xdc, 0x04, 0x01, 0xbb]
    private static let ipv6: [UInt8] =
        [0x20, 0x01, 0x0d, 0xb8] + Array(repeating: 0, count: 11) + [1] + [0x20, 0x01, 0x0d, 0xb8]
        + Array(repeating: 0, count: 11) + [2] + [0xdc, 0x04, 0x01, 0xbb]

    @Test(
        arguments: [
            ("PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n", "192.0.2.1"),
            ("PROXY TCP6 2001:db8::1 2001:db8::2 56324 443\r\n", "2001:db8::1"), ("PROXY UNKNOWN\r\n", nil),
            ("PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n", nil),
        ] as [(String, String?)]
    )
    func `version 1`(line: String, client: String?) {
        let bytes = Array(line.utf8)
        #expect(self.read(bytes) == .header(byteCount: bytes.count, client: client))
        #expect(self.read(bytes + Array("GET / HTTP/1.1\r\n".utf8)) == .header(byteCount: bytes.count, client: client))
        for count in 0..<bytes.count { #expect(self.read(Array(bytes.prefix(count))) == .incomplete, "\(count)") }
    }

    @Test(arguments: [
        "GET / HTTP/1.1\r\n", "PROXY\r\n", "PROXY \r\n", "proxy TCP4 192.0.2.1 198.51.100.1 1 2\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.1 1 2\n", "PROXY TCP4 192.0.2.1 198.51.100.1 1\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.1 1 65536\r\n", "PROXY TCP4 192.0.2.1 198.51.100.1 +1 2\r\n",
        "PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n", "PROXY TCP6 192.0.2.1 198.51.100.1 1 2\r\n",
        "PROXY TCP4 192.0.2.999 198.51.100.1 1 2\r\n", "PROXY TCP5 192.0.2.1 198.51.100.1 1 2\r\n",
        "PROXY TCP4  192.0.2.1 198.51.100.1 1 2\r\n", "PROXY UNKNOWN " + String(repeating: "x", count: 200),
    ])
    func `what is no version 1`(line: String) {
        #expect(self.read(Array(line.utf8)) == .malformed)
    }

    @Test func `version 2`() {
        let rest = Array("GET".utf8)
        for (bytes, client) in [
            (Self.start + [0x21, 0x11, 0, 12] + Self.ipv4, "192.0.2.1"),
            (Self.start + [0x21, 0x11, 0, 15] + Self.ipv4 + [4, 0, 0], "192.0.2.1"),
            (Self.start + [0x21, 0x21, 0, 36] + Self.ipv6, "2001:db8::1"),
            (Self.start + [0x20, 0x11, 0, 12] + Self.ipv4, nil),
            (Self.start + [0x20, 0x00, 0, 0], nil), (Self.start + [0x21, 0x31, 0, 3, 1, 2, 3], nil),
        ] as [([UInt8], String?)] {
            #expect(self.read(bytes + rest) == .header(byteCount: bytes.count, client: client))
            for count in 0..<bytes.count { #expect(self.read(Array(bytes.prefix(count))) == .incomplete) }
        }
    }

    @Test func `what is no version 2`() {
        for bytes in [
            Self.start + [0x11, 0x11, 0, 12] + Self.ipv4, Self.start + [0x22, 0x11, 0, 12] + Self.ipv4,
            Self.start + [0x21, 0x11, 0, 11] + Self.ipv4, Self.start + [0x21, 0x21, 0, 12] + Self.ipv4,
            Self.start + [0x21, 0x11, 0xff, 0xff],
        ] {
            #expect(self.read(bytes) == .malformed)
        }
    }

    @Test func `any bytes give some answer, and none waits for more than the longest header`() {
        var random = SeededGenerator()
        for _ in 0..<2_000 {
            let start = Bool.random(using: &random) ? Self.start : Array("PROXY ".utf8)
            let count = Int.random(in: 0...64, using: &random)
            let bytes = start + (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            if case .header(let count, _) = self.read(bytes) { #expect(count <= bytes.count, "seed \(random.seed)") }
            let long = bytes + Array(repeating: 0, count: ProxyProtocol.maximumBytes)
            #expect(self.read(long) != .incomplete, "seed \(random.seed)")
        }
    }
}
