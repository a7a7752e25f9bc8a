// Licensed under the MIT licence.

import RedisNIO
import Testing

@testable import ChatServer

@Suite struct ClientOutageTests {
    @Test func oneThatIsCutOffAloneIsToldOnce() {
        var outage = ClientOutage()
        #expect(outage.looked(at: .ready, while: .ready) == nil)
        #expect(outage.looked(at: .connecting, while: .ready) == .began)
        #expect(outage.looked(at: .connecting, while: .ready) == nil)
        #expect(outage.looked(at: .ready, while: .ready) == .ended)
        #expect(outage.looked(at: .ready, while: .ready) == nil)
        #expect(outage.looked(at: .connecting, while: .ready) == .began)
    }

    @Test func withoutTheFirstOneThereIsNothingToTellOfOthers() {
        var outage = ClientOutage()
        #expect(outage.looked(at: .connecting, while: .connecting) == nil)
        #expect(outage.looked(at: .ready, while: .connecting) == nil)
        #expect(outage.looked(at: .connecting, while: .connecting) == nil)
        // The first one is back, this one is not.
        #expect(outage.looked(at: .connecting, while: .ready) == .began)
        #expect(outage.looked(at: .connecting, while: .connecting) == nil)
        #expect(outage.looked(at: .connecting, while: .ready) == nil)
        #expect(outage.looked(at: .ready, while: .connecting) == .ended)
    }

    @Test func theEndOfTheProcessIsNoOutage() {
        var outage = ClientOutage()
        #expect(outage.looked(at: .closed, while: .ready) == nil)
        #expect(outage.looked(at: .connecting, while: .closed) == nil)
    }
}
