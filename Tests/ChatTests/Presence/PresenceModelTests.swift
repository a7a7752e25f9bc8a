// Licensed under the MIT licence.

import Chat
import NIOCore
import SocketIOTesting
import Testing

/// Random comings and goings against a model that looks at everything each time.
@Suite struct PresenceModelTests {
    /// When each user counts as online, from nothing but the list of sockets.
    private struct Model {
        var sockets: [UserID: Set<Int>] = [:]
        var leftAt: [UserID: Int64] = [:]

        func isOnline(_ user: UserID, now: Int64, grace: Int64) -> Bool {
            if sockets[user]?.isEmpty == false { return true }
            guard let left = leftAt[user] else { return false }
            return now < left + grace
        }
    }

    @Test("Who is online, and what is told", arguments: [0, 40] as [Int64], 0..<10)
    func model(_ grace: Int64, _ run: Int) throws {
        var generator = SeededGenerator()
        var directory = PresenceDirectory<Int>(grace: .milliseconds(grace))
        var model = Model()
        var told: [UserID: Bool] = [:]
        let users = try (0..<6).map { try user("u\($0)") }
        var reports: [PresenceDirectory<Int>.Report] = []
        // What the store has taken.
        var known: [UserID: Bool] = [:]
        var now: Int64 = 0
        var uptime: NIODeadline { .uptimeNanoseconds(1_000_000_000) + .milliseconds(now) }

        func take(_ changes: [PresenceDirectory<Int>.Change]) {
            for change in changes {
                let user = change.status.user.id
                #expect(told[user, default: false] != change.status.isOnline, "seed \(generator.seed)")
                #expect(change.report.isOnline == change.status.isOnline)
                reports.append(change.report)
                told[user] = change.status.isOnline
            }
        }

        func answer(succeeds: Bool) {
            guard !reports.isEmpty else { return }
            let report = reports.removeFirst()
            guard succeeds else { return directory.refused(report) }
            known[report.sighting.user.id] = report.isOnline
            directory.stored(report)
        }

        for _ in 0..<3000 {
            let socket = Int.random(in: 0..<18, using: &generator)
            let user = users[socket % users.count]
            switch Int.random(in: 0..<8, using: &generator) {
            case 0, 1:
                take([directory.connected(socket, as: user, now: time(now))].compactMap { $0 })
                model.sockets[user.id, default: []].insert(socket)
            case 2, 3:
                take([directory.disconnected(socket, of: user.id, now: time(now), uptime: uptime)].compactMap { $0 })
                if model.sockets[user.id]?.remove(socket) != nil, model.sockets[user.id]?.isEmpty == true {
                    model.leftAt[user.id] = now
                }
            case 4:
                // The store answers late, in the order of the calls.
                answer(succeeds: true)
            case 5:
                answer(succeeds: false)
            case 6:
                reports += directory.retry()
            default:
                now += .random(in: 0..<30, using: &generator)
                take(directory.expire(now: time(now), uptime: uptime))
            }
            for user in users {
                let isOnline = model.isOnline(user.id, now: now, grace: grace)
                #expect(told[user.id, default: false] == isOnline, "seed \(generator.seed)")
                #expect(directory.status(of: user.id, now: time(now), stored: nil).isOnline == isOnline)
            }
        }
        func settle() {
            repeat {
                while !reports.isEmpty { answer(succeeds: true) }
                reports += directory.retry()
            } while !reports.isEmpty
        }
        settle()
        for user in users { #expect(known[user.id, default: false] == told[user.id, default: false]) }
        for user in users {
            for socket in 0..<18 {
                take([directory.disconnected(socket, of: user.id, now: time(now), uptime: uptime)].compactMap { $0 })
            }
        }
        now += grace
        take(directory.expire(now: time(now), uptime: uptime))
        settle()
        #expect(known.values.allSatisfy { !$0 }, "seed \(generator.seed)")
        #expect(!directory.needsRetry)
        #expect(directory.count == 0, "seed \(generator.seed)")
        #expect(directory.nextDeadline == nil)
    }
}
