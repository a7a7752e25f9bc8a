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
        directory.watch(ann.id, by: "ben")
        #expect(directory.needsLastSeen(of: ann.id))
        #expect(
            directory.status(of: ann.id, now: time(0), stored: nil)
                == self.status(try user("ann"), online: false, lastSeen: nil, at: 0)
        )
        #expect(!directory.needsLastSeen(of: ann.id))

        #expect(
            directory.connected("a1", as: ann, now: time(1))
                == .init(status: self.status(ann, online: true, lastSeen: 1, at: 1), watchers: ["ben"], lastSeen: nil)
        )
        #expect(directory.connected("a2", as: phone, now: time(2)) == nil)
        #expect(directory.onlineCount == 1)
        #expect(directory.disconnected("a1", of: ann.id, now: time(3), uptime: self.uptime(3)) == nil)
        #expect(directory.disconnected("a1", of: ann.id, now: time(3), uptime: self.uptime(3)) == nil, "twice")
        directory.active(ann.id, now: time(4))
        #expect(
            directory.status(of: ann.id, now: time(5), stored: nil)
                == self.status(phone, online: true, lastSeen: 4, at: 5)
        )
        #expect(
            directory.disconnected("a2", of: ann.id, now: time(6), uptime: self.uptime(6))
                == .init(
                    status: self.status(phone, online: false, lastSeen: 6, at: 6),
                    watchers: ["ben"],
                    lastSeen: LastSeen(user: phone, time: time(6))
                )
        )
        directory.active(ann.id, now: time(7))
        #expect(directory.status(of: ann.id, now: time(8), stored: nil).lastSeen == time(6), "late news")
        directory.unwatch(ann.id, by: "ben")
        #expect(directory.count == 0)
    }

    @Test("Nobody watching still leaves a time to remember")
    func unwatched() throws {
        var directory = Directory(grace: .zero)
        let ann = try user("ann")
        #expect(directory.connected("a1", as: ann, now: time(1))?.watchers == [])
        let change = directory.disconnected("a1", of: ann.id, now: time(2), uptime: self.uptime(2))
        #expect(change?.lastSeen == LastSeen(user: ann, time: time(2)))
        #expect(directory.count == 0)
        #expect(directory.needsLastSeen(of: ann.id))
        #expect(directory.disconnected("a1", of: ann.id, now: time(3), uptime: self.uptime(3)) == nil)
    }

    @Test("A quick reconnect within the grace period is silent")
    func grace() throws {
        var directory = Directory(grace: .seconds(5))
        let ann = try user("ann")
        directory.watch(ann.id, by: "ben")
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
        #expect(changes.map(\.lastSeen) == [LastSeen(user: ann, time: time(10_000))])
        #expect(changes.map(\.watchers) == [["ben"]])
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
        #expect(directory.expire(now: time(9000), uptime: self.uptime(9000)).count == 1)
        #expect(directory.count == 0)
        #expect(directory.nextDeadline == nil)
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
        directory.watch(ann.id, by: "ben")
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

    @Test("Watching before anything is known")
    func watchFirst() throws {
        var directory = Directory(grace: .zero)
        let (ann, old) = (try user("ann"), LastSeen(user: try user("ann", "Annie"), time: time(-1000)))
        directory.watch(ann.id, by: "ben")
        directory.watch(ann.id, by: "ben")
        directory.watch(ann.id, by: "cat")
        #expect(directory.status(of: ann.id, now: time(0), stored: old).user.name.string == "Annie")
        #expect(directory.status(of: ann.id, now: time(1), stored: nil).lastSeen == time(-1000), "known now")
        directory.unwatch(ann.id, by: "ben")
        #expect(directory.connected("a1", as: ann, now: time(2))?.watchers == ["cat"])
        directory.unwatch(ann.id, by: "cat")
        directory.unwatch(ann.id, by: "cat")
        #expect(directory.count == 1)
        #expect(directory.disconnected("a1", of: ann.id, now: time(3), uptime: self.uptime(3))?.watchers == [])
        #expect(directory.count == 0)
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
