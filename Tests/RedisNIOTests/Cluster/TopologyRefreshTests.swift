// Licensed under the MIT licence.

import NIOCore
import Testing

@testable import RedisNIO

@Suite
struct TopologyRefreshTests {
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

    @Test func `Wishes during a question lead to one more, after a pause`() {
        var refresh = TopologyRefresh(spacing: .seconds(1))
        #expect(refresh.wanted(now: self.start) == .ask)
        #expect(refresh.wanted(now: self.start) == .nothing)
        #expect(refresh.wanted(now: self.start) == .nothing)
        let answered = self.start + .milliseconds(10)
        #expect(refresh.ended(isAnswered: true, now: answered) == .wait(until: self.start + .seconds(1)))
        #expect(refresh.wanted(now: answered) == .nothing)
        #expect(refresh.waited(now: self.start + .seconds(1)) == .ask)
        #expect(refresh.ended(isAnswered: true, now: self.start + .seconds(3)) == .nothing)
        #expect(refresh.wanted(now: self.start + .seconds(3)) == .ask)
    }

    @Test func `A question without an answer is asked again`() {
        var refresh = TopologyRefresh(spacing: .seconds(1))
        #expect(refresh.wanted(now: self.start) == .ask)
        #expect(refresh.ended(isAnswered: false, now: self.start) == .wait(until: self.start + .seconds(1)))
        #expect(refresh.waited(now: self.start + .seconds(1)) == .ask)
        #expect(refresh.ended(isAnswered: false, now: self.start + .seconds(4)) == .ask)
    }

    @Test func `What nobody asked for changes nothing`() {
        var refresh = TopologyRefresh(spacing: .seconds(1))
        #expect(refresh.ended(isAnswered: true, now: self.start) == .nothing)
        #expect(refresh.waited(now: self.start) == .nothing)
    }
}
