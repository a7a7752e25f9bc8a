// Licensed under the MIT licence.

import Chat
import NIOCore
import Testing

@Suite struct RateLimiterTests {
    private func at(_ milliseconds: Int64) -> NIODeadline {
        .uptimeNanoseconds(1_000_000_000) + .milliseconds(milliseconds)
    }

    @Test("A burst, then the rate")
    func bucket() {
        let rate = TokenBucket.Rate(perSecond: 10, burst: 3)
        var bucket = TokenBucket(rate, now: self.at(0))
        #expect((0..<4).map { _ in bucket.take(1, rate, now: self.at(0)) } == [true, true, true, false])
        #expect(bucket.take(1, rate, now: self.at(99)) == false)
        #expect(bucket.take(1, rate, now: self.at(100)) == true)
        #expect(bucket.take(1, rate, now: self.at(100)) == false)
        #expect((0..<4).map { _ in bucket.take(1, rate, now: self.at(60_000)) } == [true, true, true, false])
    }

    @Test("What is larger than the bucket takes all of it")
    func oversized() {
        let rate = TokenBucket.Rate(perSecond: 10, burst: 3)
        var bucket = TokenBucket(rate, now: self.at(0))
        #expect(bucket.take(1000, rate, now: self.at(0)) == true)
        #expect(bucket.take(1000, rate, now: self.at(299)) == false)
        #expect(bucket.take(1000, rate, now: self.at(301)) == true)
    }

    @Test("A clock that stands still or goes back fills nothing")
    func backwards() {
        let rate = TokenBucket.Rate(perSecond: 10, burst: 1)
        var bucket = TokenBucket(rate, now: self.at(1000))
        #expect(bucket.take(1, rate, now: self.at(1000)) == true)
        #expect(bucket.take(1, rate, now: self.at(500)) == false)
        #expect(bucket.take(1, rate, now: self.at(1000)) == false)
        #expect(bucket.take(1, rate, now: self.at(1100)) == true)
    }

    @Test("A debt is paid first, and never exceeds one burst")
    func debt() {
        let rate = TokenBucket.Rate(perSecond: 10, burst: 10)
        var bucket = TokenBucket(rate, now: self.at(0))
        bucket.charge(1_000_000, rate, now: self.at(0))
        #expect(bucket.take(1, rate, now: self.at(1000)) == false)
        #expect(bucket.take(1, rate, now: self.at(1099)) == false)
        #expect(bucket.take(1, rate, now: self.at(1101)) == true)
    }

    @Test("Events and bytes are limited, and few complaints are made")
    func limiter() {
        var limits = RateLimits()
        limits.events = .init(perSecond: 1, burst: 5)
        limits.bytes = .init(perSecond: 100, burst: 1000)
        limits.complaints = .init(perSecond: 1, burst: 2)
        var limiter = RateLimiter(limits, now: self.at(0))
        let verdicts = (0..<9).map { _ in limiter.admit(bytes: 10, limits, now: self.at(0)) }
        #expect(verdicts.prefix(5).allSatisfy { $0 == .admitted })
        #expect(verdicts.dropFirst(5).map { $0 == .refused(complain: true) } == [true, true, false, false])
        #expect(limiter.admit(bytes: 10, limits, now: self.at(1000)) == .admitted)

        var bytes = RateLimiter(limits, now: self.at(0))
        #expect(bytes.admit(bytes: 900, limits, now: self.at(0)) == .admitted)
        #expect(bytes.admit(bytes: 900, limits, now: self.at(0)) != .admitted)
        bytes.charge(bytes: 5000, limits, now: self.at(0))
        #expect(bytes.admit(bytes: 1, limits, now: self.at(9000)) != .admitted)
        #expect(bytes.admit(bytes: 1, limits, now: self.at(11_000)) == .admitted)
    }

    @Test("The defaults let a client come back to all its rooms")
    func defaults() {
        let limits = RateLimits()
        var limiter = RateLimiter(limits, now: self.at(0))
        #expect((0..<500).allSatisfy { _ in limiter.admit(bytes: 200, limits, now: self.at(0)) == .admitted })
        #expect(limiter.admit(bytes: 200, limits, now: self.at(0)) == .refused(complain: true))
    }
}
