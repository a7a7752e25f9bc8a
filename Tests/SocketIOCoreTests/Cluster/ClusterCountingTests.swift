// Licensed under the MIT licence.

import NIOCore
import SocketIOCore
import SocketIOTesting
import Testing

@Suite struct ClusterCountingTests {
    private typealias Requests = ClusterRequests<Int, String>

    private static let own = NodeID("own")
    private static let a = NodeID("a")
    private static let b = NodeID("b")
    private static let deadline = NIODeadline.uptimeNanoseconds(0) + .seconds(5)

    private static func text(_ finished: Requests.Finished?) -> String? {
        finished.map {
            let outcome = $0.outcome
            return "\($0.completion) \(outcome.answers) silent \(outcome.silentNodes) unheard \(outcome.unheardNodes)"
                + " missing \(outcome.missingAnswers)"
        }
    }

    private static func begin(answersPerNode: Int?, in requests: inout Requests) throws -> Requests.Number {
        let id = requests.begin(
            "q",
            from: Self.own,
            asksOthers: true,
            answersPerNode: answersPerNode,
            deadline: Self.deadline
        )
        return try #require(id)
    }

    /// Asks who is there, and hears at once.
    private static func recount(_ count: Int, alive: Set<NodeID>, in requests: inout Requests) -> [String] {
        guard let question = requests.censusQuestion else { return [] }
        return requests.recounted(ClusterCensus(count: count, alive: alive), for: question).compactMap(Self.text)
    }

    @Test("So many answers as were counted, named or not, and the node's own")
    func gather() throws {
        var requests = Requests()
        let id = try Self.begin(answersPerNode: 1, in: &requests)
        #expect(Self.text(requests.answered(id, from: Self.own, 0)) == nil)
        #expect(Self.text(requests.othersCounted(id, 4)) == nil)
        #expect(Self.text(requests.answered(id, from: Self.a, 1)) == nil)
        #expect(Self.text(requests.answered(id, from: Self.a, 9)) == nil)
        #expect(Self.text(requests.returned(id)) == nil)
        #expect(Self.text(requests.returned(id)) == nil)
        #expect(Self.text(requests.answered(id, from: .unnamed, 2)) == nil)
        #expect(Self.text(requests.answered(id, from: .unnamed, 3)) == "q [0, 1, 2, 3] silent 0 unheard 0 missing 0")
    }

    @Test("Answers may come before the count; with nobody else there is nobody to await")
    func early() throws {
        var requests = Requests()
        let id = try Self.begin(answersPerNode: 1, in: &requests)
        _ = requests.answered(id, from: Self.own, 0)
        _ = requests.answered(id, from: Self.a, 1)
        _ = requests.returned(id)
        #expect(Self.text(requests.othersCounted(id, 2)) == "q [0, 1] silent 0 unheard 0 missing 0")
        let alone = try Self.begin(answersPerNode: 1, in: &requests)
        _ = requests.othersCounted(alone, 0)
        #expect(Self.text(requests.answered(alone, from: Self.own, 0)) == "q [0] silent 0 unheard 0 missing 0")
    }

    @Test("Those without a name owe together what they have announced")
    func announced() throws {
        var requests = Requests()
        let id = try Self.begin(answersPerNode: nil, in: &requests)
        _ = requests.othersCounted(id, 3)
        _ = requests.announced(id, from: Self.own, count: 0)
        _ = requests.announced(id, from: .unnamed, count: 1)
        _ = requests.announced(id, from: .unnamed, count: 2)
        _ = requests.answered(id, from: .unnamed, 1)
        _ = requests.answered(id, from: .unnamed, 2)
        _ = requests.returned(id)
        #expect(Self.text(requests.answered(id, from: .unnamed, 3)) == "q [1, 2, 3] silent 0 unheard 0 missing 0")
    }

    @Test("At the deadline it is told who has said nothing, and what is owed")
    func deadline() throws {
        var requests = Requests()
        let id = try Self.begin(answersPerNode: nil, in: &requests)
        _ = requests.announced(id, from: Self.own, count: 0)
        _ = requests.announced(id, from: Self.a, count: 2)
        _ = requests.announced(id, from: .unnamed, count: 3)
        _ = requests.answered(id, from: .unnamed, 1)
        _ = requests.returned(id)
        _ = requests.othersCounted(id, 5)
        #expect(
            requests.expire(now: Self.deadline).map(Self.text) == ["q [1] silent 4 unheard 2 missing 4"]
        )
    }

    @Test("Where the question may not have gone out, nobody is awaited who has said nothing")
    func lost() throws {
        var requests = Requests()
        let id = try Self.begin(answersPerNode: 1, in: &requests)
        #expect(Self.text(requests.lost(id)) == nil)
        #expect(Self.text(requests.answered(id, from: Self.own, 0)) == "q [0] silent 1 unheard 1 missing 0")
    }

    @Test("A census tells of one that died before it answered")
    func death() throws {
        var requests = Requests()
        let id = try Self.begin(answersPerNode: 1, in: &requests)
        _ = requests.answered(id, from: Self.own, 0)
        _ = requests.othersCounted(id, 3)
        _ = requests.returned(id)
        _ = requests.answered(id, from: Self.a, 1)
        #expect(Self.recount(3, alive: [Self.a], in: &requests) == [])
        #expect(Self.recount(2, alive: [Self.a], in: &requests) == ["q [0, 1] silent 0 unheard 0 missing 0"])
        #expect(requests.censusQuestion == nil)
    }

    @Test("One that died after it answered is not taken for one that is silent, nor the other way round")
    func deathAfterAnswer() throws {
        var requests = Requests()
        let id = try Self.begin(answersPerNode: 1, in: &requests)
        let other = try Self.begin(answersPerNode: 1, in: &requests)
        for number in [id, other] {
            _ = requests.answered(number, from: Self.own, 0)
            _ = requests.othersCounted(number, 3)
            _ = requests.returned(number)
        }
        _ = requests.answered(id, from: Self.a, 1)
        // The first still awaits b; the second was not answered by a, and awaits b alone.
        #expect(Self.recount(2, alive: [], in: &requests) == [])
        #expect(Self.text(requests.answered(id, from: Self.b, 2)) == "q [0, 1, 2] silent 0 unheard 0 missing 0")
        #expect(Self.text(requests.answered(other, from: Self.b, 2)) == "q [0, 2] silent 0 unheard 0 missing 0")
    }

    @Test("Whoever is unnamed may be the one that died")
    func unnamed() throws {
        var requests = Requests()
        let id = try Self.begin(answersPerNode: 1, in: &requests)
        _ = requests.answered(id, from: Self.own, 0)
        _ = requests.othersCounted(id, 3)
        _ = requests.returned(id)
        _ = requests.answered(id, from: .unnamed, 1)
        #expect(Self.recount(2, alive: [], in: &requests) == [])
        #expect(Self.recount(1, alive: [], in: &requests) == ["q [0, 1] silent 0 unheard 0 missing 0"])
    }

    @Test("What one owed that died is missing, and a census says nothing of later questions")
    func debts() throws {
        var requests = Requests()
        let id = try Self.begin(answersPerNode: nil, in: &requests)
        _ = requests.announced(id, from: Self.own, count: 0)
        _ = requests.othersCounted(id, 2)
        _ = requests.returned(id)
        _ = requests.announced(id, from: Self.a, count: 2)
        _ = requests.answered(id, from: Self.a, 1)
        let question = try #require(requests.censusQuestion)
        let later = try Self.begin(answersPerNode: nil, in: &requests)
        _ = requests.announced(later, from: Self.own, count: 0)
        _ = requests.othersCounted(later, 2)
        _ = requests.returned(later)
        let finished = requests.recounted(ClusterCensus(count: 1, alive: []), for: question)
        #expect(finished.compactMap(Self.text) == ["q [1] silent 0 unheard 0 missing 1"])
        #expect(requests.count == 1)
        #expect(Self.recount(1, alive: [], in: &requests) == ["q [] silent 0 unheard 0 missing 0"])
    }
}
