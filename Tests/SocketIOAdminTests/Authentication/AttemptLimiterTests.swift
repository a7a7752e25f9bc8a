// Licensed under the MIT licence.

import NIOCore
import Testing

@testable import SocketIOAdmin

@Suite struct AttemptLimiterTests {
    private let start = NIODeadline.uptimeNanoseconds(5_000_000_000)

    @Test("So many attempts, then none until a window or two have passed; others are not concerned")
    func window() {
        var limiter = AttemptLimiter(maximumAttempts: 3)
        func begin(_ key: String, after seconds: Int64 = 0) -> Bool {
            limiter.begin(key, now: self.start + .seconds(seconds))
        }
        let outcomes = (0..<5).map { _ in begin("a") }
        #expect(outcomes == [true, true, true, false, false])
        #expect(begin("b"))
        #expect(!begin("a", after: 59))
        #expect(!begin("a", after: 61))
        #expect(begin("a", after: 181))
    }

    @Test("After a rightful attempt nothing is held against its maker")
    func success() {
        var limiter = AttemptLimiter(maximumAttempts: 2)
        for _ in 0..<10 {
            let mayTry = limiter.begin("a", now: self.start)
            #expect(mayTry)
            limiter.succeeded("a")
        }
    }

    @Test("Very many makers take no more memory than twice the maximum, and who was counted last is counted still")
    func bounded() {
        var limiter = AttemptLimiter(maximumAttempts: 1, maximumKeys: 10)
        func begin(_ number: Int) -> Bool { limiter.begin("\(number)", now: self.start) }
        for number in 0..<1_000 { #expect(begin(number)) }
        #expect(!begin(999))
        #expect(!begin(990))
        let tables = Mirror(reflecting: limiter).children.compactMap { $0.value as? [String: Int] }
        #expect(tables.count == 2 && tables.allSatisfy { $0.count <= 10 })
    }

    @Test(
        "Attempts are counted by IPv4 address or by IPv6 /64",
        arguments: [
            ("192.0.2.1", "192.0.2.1/32"), ("2001:db8::1", "2001:db8::/64"), ("2001:db8:0:0:ffff::2", "2001:db8::/64"),
            ("2001:db8:0:1::1", "2001:db8:0:1::/64"), ("::ffff:192.0.2.1", "192.0.2.1/32"), ("::1", "::/64"),
            ("unix", "unix"), ("", ""),
        ]
    )
    func keys(_ address: String, _ key: String) {
        #expect(Authenticator.key(of: address) == key)
    }
}
