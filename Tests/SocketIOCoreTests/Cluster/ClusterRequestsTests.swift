// Licensed under the MIT licence.

import NIOCore
import SocketIOCore
import SocketIOTesting
import Testing

@Suite struct ClusterRequestsTests {
    private typealias Requests = ClusterRequests<Int, String>

    private static let a = NodeID("a")
    private static let b = NodeID("b")

    private static func time(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .seconds(seconds) }

    private static func text(_ finished: Requests.Finished?) -> String? {
        finished.map {
            "\($0.completion) \($0.outcome.answers) silent \($0.outcome.silentNodes) missing \($0.outcome.missingAnswers)"
        }
    }

    /// Asks nodes that are known at once; 99, which is nobody's number, if there is no room.
    private static func begin(
        _ completion: String,
        _ nodes: Set<NodeID>,
        answersPerNode: Int?,
        deadline: Int64 = 5,
        in requests: inout Requests
    ) -> Requests.Number {
        let id = requests.begin(
            completion,
            from: nil,
            asksOthers: true,
            answersPerNode: answersPerNode,
            deadline: Self.time(deadline)
        )
        guard let id else { return 99 }
        _ = requests.othersKnown(id, nodes)
        return id
    }

    @Test("One answer from each node, and the request is done")
    func gather() {
        var requests = Requests()
        let id = Self.begin("q", [Self.a, Self.b], answersPerNode: 1, in: &requests)
        #expect(Self.text(requests.answered(id, from: Self.a, 1)) == nil)
        #expect(Self.text(requests.answered(id, from: Self.a, 9)) == nil)
        #expect(Self.text(requests.answered(id, from: Self.b, 2)) == "q [1, 2] silent 0 missing 0")
        #expect(Self.text(requests.answered(id, from: Self.b, 3)) == nil)
        #expect(requests.count == 0)
        #expect(requests.nextDeadline == nil)
    }

    @Test("Answers may overtake the announcement of their number")
    func announced() {
        var requests = Requests()
        let id = Self.begin("q", [Self.a], answersPerNode: nil, in: &requests)
        #expect(Self.text(requests.answered(id, from: Self.a, 1)) == nil)
        #expect(Self.text(requests.announced(id, from: Self.a, count: 3)) == nil)
        #expect(Self.text(requests.answered(id, from: Self.a, nil)) == nil)
        #expect(Self.text(requests.answered(id, from: Self.a, 2)) == "q [1, 2] silent 0 missing 1")
    }

    @Test("Nobody to ask, and nobody with anything to say, is an answer at once")
    func nobody() throws {
        var requests = Requests()
        let first = requests.begin("q", from: nil, asksOthers: true, answersPerNode: 1, deadline: Self.time(5))
        #expect(Self.text(requests.othersKnown(try #require(first), [])) == "q [] silent 0 missing 0")
        let id = Self.begin("r", [Self.a], answersPerNode: nil, in: &requests)
        #expect(Self.text(requests.announced(id, from: Self.a, count: 0)) == "r [] silent 0 missing 0")
    }

    @Test("Answers may come before it is known who was asked")
    func early() throws {
        var requests = Requests()
        let c = NodeID("c")
        let begun = requests.begin("q", from: Self.a, asksOthers: true, answersPerNode: nil, deadline: Self.time(5))
        let id = try #require(begun)
        #expect(Self.text(requests.announced(id, from: Self.a, count: 0)) == nil)
        #expect(Self.text(requests.answered(id, from: Self.b, 1)) == nil)
        #expect(Self.text(requests.announced(id, from: Self.b, count: 1)) == nil)
        #expect(Self.text(requests.answered(id, from: c, 2)) == nil)
        #expect(requests.left(c).isEmpty)
        // Neither those that are done nor those that have left are awaited, whatever the bus believes.
        #expect(Self.text(requests.othersKnown(id, [Self.b, c])) == "q [1, 2] silent 0 missing 0")
        #expect(Self.text(requests.othersKnown(id, [Self.b, c])) == nil)
    }

    @Test("Nobody else is awaited if nobody else is asked")
    func alone() throws {
        var requests = Requests()
        let begun = requests.begin("q", from: Self.a, asksOthers: false, answersPerNode: 1, deadline: Self.time(5))
        let id = try #require(begun)
        #expect(Self.text(requests.answered(id, from: Self.b, 7)) == nil)
        #expect(Self.text(requests.answered(id, from: Self.a, 1)) == "q [1] silent 0 missing 0")
    }

    @Test("At the deadline what is missing is counted, and who was never named counts as one")
    func deadline() {
        var requests = Requests()
        let id = Self.begin("q", [Self.a, Self.b], answersPerNode: nil, in: &requests)
        _ = Self.begin("later", [Self.a], answersPerNode: 1, deadline: 9, in: &requests)
        _ = requests.begin("unknown", from: nil, asksOthers: true, answersPerNode: 1, deadline: Self.time(7))
        _ = requests.announced(id, from: Self.a, count: 4)
        _ = requests.answered(id, from: Self.a, 1)
        #expect(requests.nextDeadline == Self.time(5))
        #expect(requests.expire(now: Self.time(4)).isEmpty)
        #expect(requests.expire(now: Self.time(5)).map(Self.text) == ["q [1] silent 2 missing 3"])
        #expect(requests.nextDeadline == Self.time(7))
        #expect(requests.expire(now: Self.time(7)).map(Self.text) == ["unknown [] silent 1 missing 0"])
        #expect(requests.nextDeadline == Self.time(9))
        #expect(Self.text(requests.answered(id, from: Self.a, 2)) == nil)
    }

    @Test("Deadlines come in their order, whatever order requests began in, and finished ones leave little behind")
    func deadlines() {
        var requests = Requests()
        var waiting: [(Requests.Number, Int64)] = []
        for number in 0..<1_000 as Range<Int64> {
            let deadline = 10 + number * 7_919 % 1_000
            let id = Self.begin("\(deadline)", [Self.a], answersPerNode: 1, deadline: deadline, in: &requests)
            waiting.append((id, deadline))
        }
        for (id, deadline) in waiting where deadline % 10 != 0 { _ = requests.answered(id, from: Self.a, 1) }
        #expect(requests.count == 100 && requests.waitingDeadlineCount <= 2 * 100 + 64)
        var ended: [String] = []
        while let next = requests.nextDeadline { ended += requests.expire(now: next).map(\.completion) }
        #expect(ended == waiting.map(\.1).filter { $0 % 10 == 0 }.sorted().map { "\($0)" })
    }

    @Test("A timer is set when none comes as early")
    func timer() {
        var requests = Requests()
        #expect(requests.timerToSet() == nil)
        _ = Self.begin("q", [Self.a], answersPerNode: 1, deadline: 5, in: &requests)
        #expect(requests.timerToSet() == Self.time(5))
        _ = Self.begin("later", [Self.a], answersPerNode: 1, deadline: 9, in: &requests)
        #expect(requests.timerToSet() == nil)
        _ = Self.begin("sooner", [Self.a], answersPerNode: 1, deadline: 3, in: &requests)
        #expect(requests.timerToSet() == Self.time(3))
        requests.timerFired(Self.time(3))
        #expect(requests.expire(now: Self.time(3)).map(\.completion) == ["sooner"])
        #expect(requests.timerToSet() == Self.time(5))
    }

    @Test("A node that dies is not waited for")
    func death() {
        var requests = Requests()
        let id = Self.begin("q", [Self.a, Self.b], answersPerNode: nil, in: &requests)
        _ = Self.begin("other", [Self.b], answersPerNode: 1, in: &requests)
        _ = requests.announced(id, from: Self.b, count: 2)
        _ = requests.announced(id, from: Self.a, count: 0)
        #expect(requests.left(Self.b).map(Self.text) == ["q [] silent 0 missing 2", "other [] silent 0 missing 1"])
        #expect(requests.count == 0)
    }

    @Test("Answers of nodes that were not asked, and to unknown requests, are ignored")
    func strangers() {
        var requests = Requests()
        let id = Self.begin("q", [Self.a], answersPerNode: 1, in: &requests)
        #expect(Self.text(requests.answered(id, from: Self.b, 1)) == nil)
        #expect(Self.text(requests.answered(id + 1, from: Self.a, 1)) == nil)
        #expect(Self.text(requests.answered(id, from: Self.a, 2)) == "q [2] silent 0 missing 0")
    }

    @Test("No more than so many wait at once, and the end ends all")
    func bounded() {
        var requests = Requests(maximumPending: 1)
        _ = Self.begin("q", [Self.a], answersPerNode: 1, in: &requests)
        #expect(Self.begin("r", [Self.a], answersPerNode: 1, in: &requests) == 99)
        #expect(requests.removeAll().map(Self.text) == ["q [] silent 1 missing 1"])
        #expect(requests.count == 0 && requests.nextDeadline == nil)
    }

    @Test("Whatever happens in whatever order, each request ends exactly once", arguments: 0..<100 as Range<UInt64>)
    func property(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var requests = Requests()
        let nodes = (0..<4).map { NodeID("n\($0)") }
        var begun = 0
        var ended: [String] = []
        var now: Int64 = 0
        for _ in 0..<300 {
            switch Int.random(in: 0..<9, using: &generator) {
            case 0...1:
                let isKnown = Bool.random(using: &generator)
                let id = requests.begin(
                    "\(begun)",
                    from: isKnown ? nodes[0] : nil,
                    asksOthers: !isKnown,
                    answersPerNode: Bool.random(using: &generator) ? 1 : nil,
                    deadline: Self.time(now + Int64.random(in: 1...5, using: &generator))
                )
                #expect(id == UInt64(begun))
                begun += 1
            case 2...4:
                let id = UInt64.random(in: 0...UInt64(begun), using: &generator)
                let node = nodes[Int.random(in: 0..<4, using: &generator)]
                ended += [requests.answered(id, from: node, 1)].compactMap { $0?.completion }
            case 5:
                let id = UInt64.random(in: 0...UInt64(begun), using: &generator)
                let node = nodes[Int.random(in: 0..<4, using: &generator)]
                let count = Int.random(in: 0...3, using: &generator)
                ended += [requests.announced(id, from: node, count: count)].compactMap { $0?.completion }
            case 6:
                ended += requests.left(nodes[Int.random(in: 0..<4, using: &generator)]).map(\.completion)
            case 7:
                let id = UInt64.random(in: 0...UInt64(begun), using: &generator)
                let others = Set(nodes.filter { _ in Bool.random(using: &generator) })
                ended += [requests.othersKnown(id, others)].compactMap { $0?.completion }
            default:
                now += 1
                ended += requests.expire(now: Self.time(now)).map(\.completion)
            }
            #expect(ended.count + requests.count == begun, "seed \(seed)")
        }
        ended += requests.expire(now: Self.time(now + 5)).map(\.completion)
        #expect(ended.count == begun, "seed \(seed)")
        #expect(Set(ended).count == begun, "seed \(seed)")
        #expect(requests.count == 0 && requests.nextDeadline == nil, "seed \(seed)")
    }
}
