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
        finished.map { "\($0.completion) \($0.answers) silent \($0.silentNodes) missing \($0.missingAnswers)" }
    }

    @Test("One answer from each node, and the request is done")
    func gather() {
        var requests = Requests()
        let (id, finished) = requests.begin("q", awaiting: [Self.a, Self.b], answersPerNode: 1, deadline: Self.time(5))
        #expect(finished == nil)
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
        let (id, _) = requests.begin("q", awaiting: [Self.a], answersPerNode: nil, deadline: Self.time(5))
        #expect(Self.text(requests.answered(id, from: Self.a, 1)) == nil)
        #expect(Self.text(requests.announced(id, from: Self.a, count: 3)) == nil)
        #expect(Self.text(requests.answered(id, from: Self.a, nil)) == nil)
        #expect(Self.text(requests.answered(id, from: Self.a, 2)) == "q [1, 2] silent 0 missing 1")
    }

    @Test("Nobody to ask, and nobody with anything to say, is an answer at once")
    func nobody() {
        var requests = Requests()
        #expect(
            Self.text(requests.begin("q", awaiting: [], answersPerNode: 1, deadline: Self.time(5)).finished)
                == "q [] silent 0 missing 0"
        )
        let (id, _) = requests.begin("r", awaiting: [Self.a], answersPerNode: nil, deadline: Self.time(5))
        #expect(Self.text(requests.announced(id, from: Self.a, count: 0)) == "r [] silent 0 missing 0")
    }

    @Test("At the deadline what is missing is counted")
    func deadline() {
        var requests = Requests()
        let (id, _) = requests.begin("q", awaiting: [Self.a, Self.b], answersPerNode: nil, deadline: Self.time(5))
        _ = requests.begin("later", awaiting: [Self.a], answersPerNode: 1, deadline: Self.time(9))
        _ = requests.announced(id, from: Self.a, count: 4)
        _ = requests.answered(id, from: Self.a, 1)
        #expect(requests.nextDeadline == Self.time(5))
        #expect(requests.expire(now: Self.time(4)).isEmpty)
        #expect(requests.expire(now: Self.time(5)).map(Self.text) == ["q [1] silent 2 missing 3"])
        #expect(requests.nextDeadline == Self.time(9))
        #expect(Self.text(requests.answered(id, from: Self.a, 2)) == nil)
    }

    @Test("A node that dies is not waited for")
    func death() {
        var requests = Requests()
        let (id, _) = requests.begin("q", awaiting: [Self.a, Self.b], answersPerNode: nil, deadline: Self.time(5))
        _ = requests.begin("other", awaiting: [Self.b], answersPerNode: 1, deadline: Self.time(5))
        _ = requests.announced(id, from: Self.b, count: 2)
        _ = requests.announced(id, from: Self.a, count: 0)
        let finished = Set(requests.left(Self.b).map(Self.text))
        #expect(finished == ["q [] silent 0 missing 2", "other [] silent 0 missing 1"])
        #expect(requests.count == 0)
    }

    @Test("Answers of nodes that were not asked, and to unknown requests, are ignored")
    func strangers() {
        var requests = Requests()
        let (id, _) = requests.begin("q", awaiting: [Self.a], answersPerNode: 1, deadline: Self.time(5))
        #expect(Self.text(requests.answered(id, from: Self.b, 1)) == nil)
        #expect(Self.text(requests.answered(id + 1, from: Self.a, 1)) == nil)
        #expect(Self.text(requests.answered(id, from: Self.a, 2)) == "q [2] silent 0 missing 0")
    }

    @Test("No more than so many wait at once, and the end ends all")
    func bounded() {
        var requests = Requests(maximumPending: 1)
        _ = requests.begin("q", awaiting: [Self.a], answersPerNode: 1, deadline: Self.time(5))
        #expect(
            Self.text(requests.begin("r", awaiting: [Self.a], answersPerNode: 1, deadline: Self.time(5)).finished)
                == "r [] silent 1 missing 1"
        )
        #expect(requests.removeAll().map(Self.text) == ["q [] silent 1 missing 1"])
        #expect(requests.count == 0)
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
            switch Int.random(in: 0..<8, using: &generator) {
            case 0...1:
                let asked = Set(nodes.filter { _ in Bool.random(using: &generator) })
                let count: Int? = Bool.random(using: &generator) ? 1 : nil
                let deadline = Self.time(now + Int64.random(in: 1...5, using: &generator))
                let finished = requests.begin("\(begun)", awaiting: asked, answersPerNode: count, deadline: deadline)
                    .finished
                begun += 1
                ended += [finished].compactMap { $0?.completion }
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
            default:
                now += 1
                ended += requests.expire(now: Self.time(now)).map(\.completion)
            }
            #expect(ended.count + requests.count == begun)
        }
        ended += requests.expire(now: Self.time(now + 5)).map(\.completion)
        #expect(ended.count == begun)
        #expect(Set(ended).count == begun)
        #expect(requests.count == 0)
    }
}
