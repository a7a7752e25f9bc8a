// Licensed under the MIT licence.

import NIOCore
import Testing

@testable import Chat

@Suite struct AwaitedRoomsTests {
    private func uptime(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(1) + .seconds(seconds) }

    @Test("One room too many ends the one that has waited the longest")
    func bounded() throws {
        var rooms = AwaitedRooms(maximumCount: 2)
        #expect(rooms.keep(try room("a"), until: self.uptime(10)) == nil)
        #expect(rooms.keep(try room("b"), until: self.uptime(11)) == nil)
        #expect(rooms.keep(try room("a"), until: self.uptime(12)) == nil)
        #expect(rooms.keep(try room("c"), until: self.uptime(13)) == (try room("b")))
        #expect(rooms.count == 2)
        #expect(rooms.expire(now: self.uptime(12)) == [try room("a")])
        #expect(rooms.expire(now: self.uptime(13)) == [try room("c")])
        #expect(rooms.nextDeadline == nil)
    }

    @Test("Coming and going again and again takes no more memory")
    func churn() throws {
        var rooms = AwaitedRooms(maximumCount: 100)
        let names = try (0..<10).map { try room("r\($0)") }
        for second in 0..<10_000 {
            #expect(rooms.keep(names[second % 10], until: self.uptime(Int64(second))) == nil)
        }
        #expect(rooms.count == 10)
        #expect(rooms.entryCount <= 84)
        #expect(rooms.expire(now: self.uptime(9_989)) == [])
        #expect(rooms.expire(now: self.uptime(9_999)) == names)
    }

    @Test("None at all", arguments: [0, -1])
    func none(_ maximum: Int) throws {
        var rooms = AwaitedRooms(maximumCount: maximum)
        #expect(rooms.keep(try room(), until: self.uptime(10)) == (try room()))
        #expect(rooms.count == 0)
    }
}
