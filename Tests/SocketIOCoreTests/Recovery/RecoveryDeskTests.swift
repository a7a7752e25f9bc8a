// Licensed under the MIT licence.

import NIOCore
import SocketIOCore
import Testing

@Suite struct RecoveryDeskTests {
    private typealias Desk = RecoveryDesk<String, String>

    private func after(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .seconds(1_000 + seconds) }

    private func pid(_ number: UInt64) -> PrivateSessionID { PrivateSessionID(random: (number, 0)) }

    private func claimed(_ desk: inout Desk, _ number: UInt64, by claim: String, at seconds: Int64) -> String {
        switch desk.claimed(self.pid(number), by: claim, now: self.after(seconds)) {
        case .take: "take"
        case .takeOver(let live): "take over \(live)"
        case .refuse: "refuse"
        }
    }

    @Test("A session that is away is taken once, however many ask at once")
    func takenOnce() {
        var desk = Desk(minimumTakeOverAge: .seconds(2))
        desk.joined(pid(1), as: "old", now: after(0))
        #expect(desk.ended(pid(1)) == nil)
        #expect(claimed(&desk, 1, by: "first", at: 1) == "take")
        #expect(claimed(&desk, 1, by: "second", at: 1) == "refuse")
        desk.joined(pid(1), as: "first", now: after(1))
        #expect(claimed(&desk, 1, by: "third", at: 1) == "refuse", "it has only just joined")
        #expect(desk.count == 1)
    }

    @Test("A client that comes back before its end was noticed takes its session over, once the old socket has ended")
    func takenOver() {
        var desk = Desk(minimumTakeOverAge: .seconds(2))
        desk.joined(pid(1), as: "old", now: after(0))
        #expect(claimed(&desk, 1, by: "too early", at: 1) == "refuse")
        #expect(claimed(&desk, 1, by: "back", at: 2) == "take over old")
        #expect(claimed(&desk, 1, by: "another", at: 3) == "refuse")
        #expect(desk.ended(pid(1)) == "back")
        #expect(claimed(&desk, 1, by: "yet another", at: 4) == "refuse")
        desk.joined(pid(1), as: "new", now: after(4))
        #expect(desk.ended(pid(1)) == nil)
        #expect(desk.count == 0)
    }

    @Test("What was granted and not used can be asked for again")
    func released() {
        var desk = Desk(minimumTakeOverAge: .seconds(2))
        #expect(claimed(&desk, 1, by: "first", at: 0) == "take")
        desk.released(pid(1))
        #expect(claimed(&desk, 1, by: "second", at: 0) == "take")
        desk.joined(pid(1), as: "second", now: after(0))
        desk.released(pid(1))
        #expect(desk.count == 1, "who has joined is not released")
    }

    @Test("Ids that nobody has leave nothing behind")
    func unknown() {
        var desk = Desk(minimumTakeOverAge: .seconds(2))
        #expect(desk.ended(pid(1)) == nil)
        desk.released(pid(1))
        for number in 0..<100 as Range<UInt64> {
            #expect(claimed(&desk, number, by: "x", at: 0) == "take")
            desk.released(pid(number))
        }
        #expect(desk.count == 0)
    }
}
