// Licensed under the MIT licence.

import EngineIOCore
import Testing

@Suite struct NetworkRangeTests {
    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"), ("::", "::"),
        ("::1", "::1"),
        ("2001:DB8::1", "2001:db8::1"), ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
        ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
        ("1::", "1::"), ("fe80:0:0:0:0:0:0:0", "fe80::"), ("::ffff:192.0.2.1", "192.0.2.1"),
        ("::ffff:c000:201", "192.0.2.1"),
        ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"), ("1:2:3:4:5:6:192.0.2.1", "1:2:3:4:5:6:c000:201"),
        ("1:0:3:4:5:6:7:8", "1:0:3:4:5:6:7:8"), ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
    ])
    func `addresses`(text: String, written: String) throws {
        #expect(try #require(IPAddress(text)).description == written)
    }

    @Test(arguments: [
        "", ".", "1", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.-4", "1.2.3.+4", "1.2.3.4 ", " 1.2.3.4",
        "1.2.3.4:80",
        "1..3.4", "0x1.2.3.4", "1.2.3.4444", ":", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::",
        "g::", "::1%lo",
        "[::1]", "1:2:3:4:5:6:7:1.2.3.4", "1.2.3.4::", "::1.2.3.4:5", "1:", ":1", "1:2:3:4:5:6:7::8", "::+1", "::é",
        "٣.1.1.1",
    ])
    func `no addresses`(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.255.1.2", true), ("10.0.0.0/8", "11.0.0.0", false), ("10.1.2.3/8", "10.9.9.9", true),
        ("192.0.2.1", "192.0.2.1", true), ("192.0.2.1", "192.0.2.2", false), ("192.0.2.0/31", "192.0.2.1", true),
        ("0.0.0.0/0", "203.0.113.9", true), ("0.0.0.0/0", "::1", false), ("::/0", "2001:db8::1", true),
        ("::/0", "10.0.0.1", false),
        ("2001:db8::/32", "2001:db8:ffff::1", true), ("2001:db8::/32", "2001:db9::", false),
        ("fd00::/65", "fd00::7fff:0:0:1", true),
        ("fd00::/65", "fd00::8000:0:0:1", false), ("fd00::/64", "fd00::ffff:0:0:1", true), ("::1", "::1", true),
        ("::1", "::2", false),
        ("10.0.0.0/8", "::ffff:10.1.1.1", true), ("::ffff:10.0.0.0/104", "10.1.1.1", true),
        ("::ffff:10.0.0.0/104", "11.1.1.1", false),
    ])
    func `what a network holds`(network: String, address: String, isInside: Bool) throws {
        let network = try #require(NetworkRange(network))
        #expect(network.contains(try #require(IPAddress(address))) == isInside)
    }

    @Test(arguments: [
        ("10.1.2.3/8", "10.0.0.0/8"), ("::1", "::1/128"), ("fd12:3456::/7", "fc00::/7"),
        ("::ffff:10.1.1.1/104", "10.0.0.0/8"),
        ("192.0.2.1", "192.0.2.1/32"), ("0.0.0.0/0", "0.0.0.0/0"),
    ])
    func `networks are written with what counts`(text: String, written: String) throws {
        let network = try #require(NetworkRange(text))
        #expect(network.description == written && NetworkRange(written) == network)
    }

    @Test(arguments: [
        "", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08", "10.0.0.0/+8", "10.0.0.0/8/8", "::/129",
        "::ffff:10.0.0.0/8",
        "10.0.0.0 /8", "10/8", "localhost",
    ])
    func `no networks`(text: String) {
        #expect(NetworkRange(text) == nil)
    }
}
