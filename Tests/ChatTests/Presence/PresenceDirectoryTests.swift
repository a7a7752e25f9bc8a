// Licensed under the MIT licence.

import NIOCore
import Testing

@testable import Chat

@Suite struct PresenceDirectoryTests {
    private typealias Directory = PresenceDirectory<String>

    private func uptime(_ milliseconds: Int64) -> NIODeadline {
        .uptimeNanoseconds(1_000_000_000) + .milliseconds(milliseconds)
    }

    private func status(_ user: ChatUser, online: Bool, lastSeen: Int64?, at now: Int64) -> UserStatus {
        UserStatus(user: user, isOnline: online, lastSeen: lastSeen.map { time($0) }, timestamp: time(now))
    }

    @Test("First socket, further sockets, last socket")
    func devices() throws {
        var directory = Directory(grace: .zero)
        let (ann, phone) = (try user("ann", "Ann"), try user("ann", "Ann (phone)"))
        #expect(directory.needsLastSeen(of: ann.id))
        #expect(
            directory.status(of: ann.id, now: time(0), stored: nil)
                == self.status(try user("ann"), online: false, lastSeen: nil, at: 0)
        )
        #expect(directory.count == 0, "asking leaves nothing behind")

        #expect(
            directory.connected("a1", as: ann, now: time(1))?.status
                == self.status(ann, online: true, lastSeen: 1, at: 1)
        )
        #expect(!directory.needsLastSeen(of: ann.id))
        #expect(directory.connected("a2", as: phone, now: time(2)) == nil)
        #expect(directory.onlineCount == 1)
        #expect(directory.disconnected("a1", of: ann.id, now: time(3), uptime: self.uptime(3)) == nil)
        #expect(directory.disconnected("a1", of: ann.id, now: time(3), uptime: self.uptime(3)) == nil, "twice")
        directory.active(ann.id, now: time(4))
        #expect(
            directory.status(of: ann.id, now: time(5), stored: nil)
                == self.status(phone, online: true, lastSeen: 4, at: 5)
        )
        let change = directory.disconnected("a2", of: ann.id, now: time(6), uptime: self.uptime(6))
        #expect(change?.status == self.status(phone, online: false, lastSeen: 6, at: 6))
        #expect(change?.report.sighting == LastSeen(user: phone, time: time(6)))
        #expect(directory.onlineCount == 0)
    }

    @Test("Until the store knows when a user left, the directory does")
    func leaving() throws {
        var directory = Directory(grace: .zero)
        let ann = try user("ann")
        _ = directory.connected("a1", as: ann, now: time(1))
        let first = try #require(
            directory.disconnected("a1", of: ann.id, now: time(2), uptime: self.uptime(2))?.report
        )
        #expect(!directory.needsLastSeen(of: ann.id))
        directory.active(ann.id, now: time(3))
        #expect(
            directory.status(of: ann.id, now: time(4), stored: nil)
                == self.status(ann, online: false, lastSeen: 2, at: 4),
            "late news"
        )
        #expect(directory.disconnected("a1", of: ann.id, now: time(4), uptime: self.uptime(4)) == nil, "twice")

        // She comes back and leaves again before the store has answered.
        #expect(directory.connected("a2", as: ann, now: time(5))?.status.isOnline == true)
        directory.stored(first)
        #expect(directory.onlineCount == 1)
        let second = try #require(
            directory.disconnected("a2", of: ann.id, now: time(6), uptime: self.uptime(6))?.report
        )
        directory.stored(first)
        #expect(!directory.needsLastSeen(of: ann.id), "the store does not have the second yet")
        directory.stored(second)
        #expect(directory.needsLastSeen(of: ann.id))
        #expect(directory.count == 0)
        directory.stored(second)
        #expect(directory.count == 0)
    }

    @Test("A quick reconnect within the grace period is silent")
    func grace() throws {
        var directory = Directory(grace: .seconds(5))
        let ann = try user("ann")
        _ = directory.connected("a1", as: ann, now: time(0))
        #expect(directory.nextDeadline == nil)
        #expect(directory.disconnected("a1", of: ann.id, now: time(1000), uptime: self.uptime(1000)) == nil)
        #expect(directory.nextDeadline == self.uptime(6000))
        #expect(directory.status(of: ann.id, now: time(2000), stored: nil).isOnline)
        #expect(directory.expire(now: time(5999), uptime: self.uptime(5999)).isEmpty)
        #expect(directory.connected("a2", as: ann, now: time(3000)) == nil)
        #expect(directory.expire(now: time(9000), uptime: self.uptime(9000)).isEmpty, "she is back")
        #expect(directory.nextDeadline == nil)

        #expect(directory.disconnected("a2", of: ann.id, now: time(10_000), uptime: self.uptime(10_000)) == nil)
        let changes = directory.expire(now: time(15_000), uptime: self.uptime(15_000))
        #expect(
            changes.map(\.status) == [self.status(ann, online: false, lastSeen: 10_000, at: 15_000)],
            "seen last when she left"
        )
        #expect(changes.map(\.report.sighting) == [LastSeen(user: ann, time: time(10_000))])
        #expect(directory.onlineCount == 0)
    }

    @Test("Away, back and away again: only the second absence counts")
    func graceTwice() throws {
        var directory = Directory(grace: .seconds(5))
        let ann = try user("ann")
        _ = directory.connected("a1", as: ann, now: time(0))
        _ = directory.disconnected("a1", of: ann.id, now: time(1000), uptime: self.uptime(1000))
        _ = directory.connected("a2", as: ann, now: time(2000))
        _ = directory.disconnected("a2", of: ann.id, now: time(4000), uptime: self.uptime(4000))
        #expect(directory.expire(now: time(6500), uptime: self.uptime(6500)).isEmpty)
        let changes = directory.expire(now: time(9000), uptime: self.uptime(9000))
        #expect(changes.count == 1)
        for change in changes { directory.stored(change.report) }
        #expect(directory.count == 0)
        #expect(directory.nextDeadline == nil)
    }

    @Test("Of departures that the store refuses so many are kept, the others forgotten; who is there is not")
    func refused() throws {
        var directory = Directory(grace: .zero, maximumRefused: 3)
        let here = try user("here")
        let came = directory.connected("here", as: here, now: time(0))
        let arrival = try #require(came)
        directory.refused(arrival.report)
        for number in 0..<5 {
            let user = try user("u\(number)")
            _ = directory.connected("s\(number)", as: user, now: time(0))
            let change = directory.disconnected("s\(number)", of: user.id, now: time(1), uptime: self.uptime(1))
            directory.refused(try #require(change).report)
        }
        #expect(directory.count == 3)
        #expect(try directory.needsLastSeen(of: user("u2").id))
        // One of them has come back.
        let returned = directory.connected("s1", as: try user("u1"), now: time(2))
        let back = try #require(returned)
        let reports = directory.retry()
        #expect(reports.map(\.sighting.user.id.string) == ["here", "u0"])
        #expect(reports.map(\.isOnline) == [true, false])
        #expect(!directory.needsRetry && directory.retry().isEmpty)
        for report in reports + [back.report] { directory.stored(report) }
        #expect(directory.count == 2)
        directory.refused(arrival.report)
        #expect(!directory.needsRetry, "an answer of long ago")
    }

    @Test("What the store refuses it is told again, as it is by then")
    func lastWord() throws {
        var directory = Directory(grace: .zero)
        let ann = try user("ann")
        let came = directory.connected("a", as: ann, now: time(1))
        directory.refused(try #require(came).report)
        let gone = directory.disconnected("a", of: ann.id, now: time(5), uptime: self.uptime(5))
        #expect(!directory.needsRetry, "it is being told")
        directory.refused(try #require(gone).report)
        let reports = directory.retry()
        #expect(reports.map(\.sighting) == [LastSeen(user: ann, time: time(5))])
        #expect(reports.map(\.isOnline) == [false])
        #expect(!directory.needsLastSeen(of: ann.id))
        directory.stored(try #require(reports.first))
        #expect(directory.count == 0)
    }

    @Test("What the store remembers, and what counts for more")
    func stored() throws {
        var directory = Directory(grace: .zero)
        let (ann, old) = (try user("ann", "Ann"), LastSeen(user: try user("ann", "Annie"), time: time(-1000)))
        #expect(
            directory.status(of: ann.id, now: time(0), stored: old)
                == self.status(old.user, online: false, lastSeen: -1000, at: 0)
        )
        #expect(directory.count == 0, "asking leaves nothing behind")
        // She came while the store was being asked.
        _ = directory.connected("a1", as: ann, now: time(1))
        #expect(
            directory.status(of: ann.id, now: time(2), stored: old)
                == self.status(ann, online: true, lastSeen: 1, at: 2)
        )
        _ = directory.disconnected("a1", of: ann.id, now: time(3), uptime: self.uptime(3))
        #expect(
            directory.status(of: ann.id, now: time(4), stored: old)
                == self.status(ann, online: false, lastSeen: 3, at: 4)
        )
    }

    @Test("A clock that is set back does not take last seen back")
    func clock() throws {
        var directory = Directory(grace: .zero)
        let ann = try user("ann")
        _ = directory.connected("a1", as: ann, now: time(5000))
        directory.active(ann.id, now: time(1000))
        #expect(directory.status(of: ann.id, now: time(1000), stored: nil).lastSeen == time(5000))
        let change = directory.disconnected("a1", of: ann.id, now: time(2000), uptime: self.uptime(1))
        #expect(change?.status.lastSeen == time(5000))
    }
}
