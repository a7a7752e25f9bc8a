// Licensed under the MIT licence.

import NIOCore
import Testing

@testable import SocketIOAdmin

@Suite struct AdminSessionsTests {
    private let start = NIODeadline.uptimeNanoseconds(5_000_000_000)

    @Test("Ids are 32 hexadecimal digits, differ, and are good until their time is up")
    func life() {
        var sessions = AdminSessions(maximumCount: 1_000, lifetime: .hours(24))
        func contains(_ id: String, after hours: Int64) -> Bool {
            sessions.contains(id, now: self.start + .hours(hours))
        }
        let ids = (0..<500).map { _ in sessions.begin(now: self.start) }
        #expect(Set(ids).count == 500)
        #expect(ids.allSatisfy { $0.utf8.count == 32 && $0.allSatisfy(\.isHexDigit) })
        #expect(contains(ids[7], after: 23))
        #expect(!contains(ids[7], after: 24))
        #expect(sessions.count == 0)
        #expect(!contains("", after: 0))
    }

    @Test("Of too many the oldest are forgotten")
    func bounded() {
        var sessions = AdminSessions(maximumCount: 3, lifetime: .hours(1))
        let ids = (0..<5).map { sessions.begin(now: self.start + .seconds(Int64($0))) }
        let areKnown = ids.map { sessions.contains($0, now: self.start + .seconds(5)) }
        #expect(areKnown == [false, false, true, true, true])
        #expect(sessions.count == 3)
    }
}
