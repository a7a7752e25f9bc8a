// Licensed under the MIT licence.

package import NIOCore

/// The requests to other nodes that are not answered yet.
///
/// Theory of operation. A request goes out before it is known who else is there, so that nothing overtakes it: whoever answers until
/// then counts as asked, and when the others are known those among them that have not said all yet are awaited. Each node sends a
/// number of answers, which may be unknown until it announces it; answers may overtake the announcement. A node that has sent as many
/// as it announced is done with, and so is one that left. A request is finished, and comes out exactly once, when it is known who
/// was asked and none of them is awaited any more, or when its deadline has come. Answers to requests that are unknown or
/// finished, and from nodes that were not asked, are ignored: they crossed a deadline, or come from a node that joined after the
/// question.
///
/// Where the others are counted and not named (``othersCounted(_:_:)``), so many of them are awaited as were asked, whoever they are. Some may not
/// say who they are (``NodeID/unnamed``): each of their announcements, or of their answers if each sends one, is then a node's of
/// its own, and their answers count together. A later census (``recounted(_:for:)``) tells of those that died.
package struct ClusterRequests<Answer: Sendable, Completion: Sendable>: Sendable {
    /// What became of a request.
    package struct Finished: Sendable {
        /// As it was given to ``begin(_:from:asksOthers:answersPerNode:deadline:)``.
        package var completion: Completion
        /// What it came to.
        package var outcome: ClusterOutcome<Answer>
    }

    /// The number of a request.
    package typealias Number = UInt64

    struct Outstanding: Sendable {
        var isAnnounced: Bool
        /// Below zero as long as answers are ahead of their announcement.
        var count: Int

        var isDone: Bool { self.isAnnounced && self.count <= 0 }
    }

    struct Request: Sendable {
        let completion: Completion
        /// This node, if it answers as well.
        let own: NodeID?
        /// What a node that has said nothing yet owes.
        let expected: Outstanding
        var answers: [Answer] = []
        var missingAnswers = 0
        /// Who is awaited.
        var nodes: [NodeID: Outstanding]
        /// As long as it is not known who else was asked: who is done, or has left.
        var settled: Set<NodeID>?
        /// How many others were asked, once that is known and who they are is not.
        var awaited: Int?
        /// How many nodes without a name have spoken; this one among them when the question has come back to it.
        var unnamedCount = 0
        /// How many answers these have announced and not sent yet.
        var unnamedDebt = 0
        var hasReturned = false

        /// The other nodes that have said something, by name.
        var named: Set<NodeID> {
            var named = (self.settled ?? []).union(self.nodes.keys)
            if let own { named.remove(own) }
            return named
        }

        /// Whether the question may not have gone out.
        var isLost = false

        /// How many nodes that were asked have said nothing; `nil` if it is not known how many were.
        var unheardOthers: Int? {
            if self.settled == nil { return 0 }
            return self.awaited.map { max(0, $0 - self.named.count - self.unnamedCount) }
        }

        var isDone: Bool {
            self.nodes.isEmpty && self.unnamedDebt <= 0 && (self.unheardOthers == 0 || self.isLost)
        }

        var finished: Finished {
            let unheard = self.unheardOthers ?? 1
            let debts = self.nodes.values.reduce(max(0, self.unnamedDebt)) { $0 + max(0, $1.count) }
            return Finished(
                completion: self.completion,
                outcome: ClusterOutcome(
                    answers: self.answers,
                    silentNodes: self.nodes.count + unheard + (self.unnamedDebt > 0 ? 1 : 0),
                    unheardNodes: self.nodes.values.count { !$0.isAnnounced } + unheard,
                    missingAnswers: self.missingAnswers + debts
                )
            )
        }
    }

    private let maximumPending: Int
    var requests: [Number: Request] = [:]
    /// Also of some requests that are finished.
    private var deadlines = DeadlineQueue<Number>()
    private var timer: NIODeadline?
    var nextID: Number = 0

    /// Makes an empty table.
    ///
    /// - Parameter maximumPending: How many requests may wait at once.
    package init(maximumPending: Int = 10_000) {
        self.maximumPending = maximumPending
    }

    /// How many requests wait.
    package var count: Int { self.requests.count }

    /// How many deadlines are kept; for tests.
    package var waitingDeadlineCount: Int { self.deadlines.count }

    /// When ``expire(now:)`` should be called next: never later than the first deadline, sometimes earlier; `nil` if nothing waits.
    package var nextDeadline: NIODeadline? { self.deadlines.first?.deadline }

    /// Begins a request.
    ///
    /// - Parameters:
    ///   - completion: Given back when the request is finished.
    ///   - node: This node, if it answers as well.
    ///   - asksOthers: Whether others are asked, who are told by ``othersKnown(_:_:)``.
    ///   - answersPerNode: How many answers each will send; `nil` if each announces the number.
    ///   - deadline: From when on ``expire(now:)`` gives up.
    /// - Returns: The request's number; `nil` if as many wait as may, and then `completion` is not kept.
    package mutating func begin(
        _ completion: Completion,
        from node: NodeID?,
        asksOthers: Bool,
        answersPerNode: Int?,
        deadline: NIODeadline
    ) -> Number? {
        guard self.requests.count < self.maximumPending else { return nil }
        let id = self.nextID
        self.nextID += 1
        let expected = Outstanding(isAnnounced: answersPerNode != nil, count: answersPerNode ?? 0)
        self.requests[id] = Request(
            completion: completion,
            own: node,
            expected: expected,
            nodes: node.map { [$0: expected] } ?? [:],
            settled: asksOthers ? [] : nil
        )
        self.deadlines.insert(id, deadline: deadline)
        return id
    }

    /// Tells which other nodes are there.
    package mutating func othersKnown(_ id: Number, _ nodes: Set<NodeID>) -> Finished? {
        guard let request = self.requests[id], let settled = request.settled else { return nil }
        self.requests[id]?.settled = nil
        for node in nodes.subtracting(settled) where request.nodes[node] == nil {
            self.requests[id]?.nodes[node] = request.expected
        }
        return self.finishIfDone(id)
    }

    /// A node tells how many answers it will send.
    package mutating func announced(_ id: Number, from node: NodeID, count: Int) -> Finished? {
        // No more than there can be sockets: another node is not to be trusted with our arithmetic.
        let count = min(max(count, 0), Int(Int32.max))
        if node == .unnamed { return self.unnamedAnnounced(id, count: count) }
        return self.change(id, node) { request in
            guard request.nodes[node]?.isAnnounced == false else { return }
            request.nodes[node]?.isAnnounced = true
            request.nodes[node]?.count += count
        }
    }

    /// A node sends one of its answers, or tells that one will not come.
    package mutating func answered(_ id: Number, from node: NodeID, _ answer: Answer?) -> Finished? {
        if node == .unnamed { return self.unnamedAnswered(id, answer) }
        return self.change(id, node) { request in
            request.nodes[node]?.count -= 1
            if let answer { request.answers.append(answer) } else { request.missingAnswers += 1 }
        }
    }

    /// A node is gone: nobody waits for it any more.
    ///
    /// What it had announced counts as missing.
    package mutating func left(_ node: NodeID) -> [Finished] {
        self.requests.keys.sorted().compactMap { id in
            if let outstanding = self.requests[id]?.nodes.removeValue(forKey: node) {
                self.requests[id]?.missingAnswers += max(0, outstanding.count)
            }
            self.requests[id]?.settled?.insert(node)
            return self.finishIfDone(id)
        }
    }

    /// When a timer is to be set: for the first deadline, unless ``timerFired(_:)`` is still to come for one as early.
    package mutating func timerToSet() -> NIODeadline? {
        guard let next = self.nextDeadline else { return nil }
        if let timer, timer <= next { return nil }
        self.timer = next
        return next
    }

    /// A timer's time has come.
    package mutating func timerFired(_ deadline: NIODeadline) {
        if self.timer == deadline { self.timer = nil }
    }

    /// Takes out every request whose deadline is `now` or earlier, the earliest first.
    package mutating func expire(now: NIODeadline) -> [Finished] {
        var expired: [Finished] = []
        while let first = self.deadlines.first, first.deadline <= now {
            self.deadlines.removeFirst()
            if let request = self.requests.removeValue(forKey: first.element) { expired.append(request.finished) }
        }
        self.forgetDeadlines()
        return expired
    }

    /// Takes out every request: the namespace is gone.
    package mutating func removeAll() -> [Finished] {
        defer {
            self.requests = [:]
            self.forgetDeadlines()
        }
        return self.requests.sorted { $0.key < $1.key }.map(\.value.finished)
    }

    private mutating func change(
        _ id: Number,
        _ node: NodeID,
        _ body: (inout Request) -> Void
    ) -> Finished? {
        // Taken out while it changes, so that it is not copied.
        guard var request = self.requests.removeValue(forKey: id) else { return nil }
        if request.nodes[node] == nil, let settled = request.settled, !settled.contains(node) {
            request.nodes[node] = request.expected
        }
        if request.nodes[node] != nil {
            body(&request)
            if request.nodes[node]?.isDone == true {
                request.nodes[node] = nil
                request.settled?.insert(node)
            }
        }
        self.requests[id] = request
        return self.finishIfDone(id)
    }

    mutating func finishIfDone(_ id: Number) -> Finished? {
        guard let request = self.requests[id], request.isDone else { return nil }
        self.requests[id] = nil
        self.forgetDeadlines()
        return request.finished
    }

    /// Requests that are finished leave their deadlines behind: forgets those once they are many.
    private mutating func forgetDeadlines() {
        let requests = self.requests
        if requests.isEmpty {
            self.deadlines = DeadlineQueue()
        } else if self.deadlines.count > 2 * requests.count + 64 {
            self.deadlines.keep { requests[$0] != nil }
        }
    }
}
