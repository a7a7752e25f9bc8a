// Licensed under the MIT licence.

package import NIOCore

/// The requests to other nodes that are not answered yet.
///
/// Theory of operation. A request awaits a number of answers from each of some nodes; the number may be unknown until the node
/// announces it, and answers may overtake the announcement. A node that has sent as many as it announced is done with, and so is
/// one that left. A request is finished, and comes out exactly once, when no node is awaited any more or its deadline has
/// come. Answers to requests that are unknown or finished, and from nodes that were not asked, are ignored: they crossed a
/// deadline, or come from a node that joined after the question.
package struct ClusterRequests<Answer: Sendable, Completion: Sendable>: Sendable {
    /// What became of a request.
    package struct Finished: Sendable {
        /// As it was given to ``begin(_:awaiting:answersPerNode:deadline:)``.
        package var completion: Completion
        /// All answers, in the order in which they came.
        package var answers: [Answer]
        /// How many nodes that were alive had not said all when the time was up.
        package var silentNodes: Int
        /// How many announced answers did not come.
        package var missingAnswers: Int
    }

    private struct Outstanding: Sendable {
        var isAnnounced: Bool
        /// Below zero as long as answers are ahead of their announcement.
        var count: Int

        var isDone: Bool { self.isAnnounced && self.count <= 0 }
    }

    private struct Request: Sendable {
        var completion: Completion
        var answers: [Answer] = []
        var missingAnswers = 0
        var nodes: [NodeID: Outstanding]
        var deadline: NIODeadline

        var finished: Finished {
            Finished(
                completion: self.completion,
                answers: self.answers,
                silentNodes: self.nodes.count,
                missingAnswers: self.missingAnswers + self.nodes.values.reduce(0) { $0 + max(0, $1.count) }
            )
        }
    }

    private let maximumPending: Int
    private var requests: [ClusterRequestID: Request] = [:]
    private var nextID: ClusterRequestID = 0

    /// Makes an empty table.
    ///
    /// - Parameter maximumPending: How many requests may wait at once; further ones fail at once.
    package init(maximumPending: Int = 10_000) {
        self.maximumPending = maximumPending
    }

    /// How many requests wait.
    package var count: Int { self.requests.count }

    /// When ``expire(now:)`` should be called next; `nil` if nothing waits.
    package var nextDeadline: NIODeadline? { self.requests.values.lazy.map(\.deadline).min() }

    /// Begins a request.
    ///
    /// - Parameters:
    ///   - completion: Given back when the request is finished.
    ///   - nodes: Who is asked.
    ///   - answersPerNode: How many answers each will send; `nil` if each announces the number.
    ///   - deadline: From when on ``expire(now:)`` gives up.
    /// - Returns: The request's number, and what became of it if there is nobody to wait for, or no room for it.
    package mutating func begin(
        _ completion: Completion,
        awaiting nodes: Set<NodeID>,
        answersPerNode: Int?,
        deadline: NIODeadline
    ) -> (id: ClusterRequestID, finished: Finished?) {
        let id = self.nextID
        self.nextID += 1
        let outstanding = Outstanding(isAnnounced: answersPerNode != nil, count: answersPerNode ?? 0)
        let request = Request(
            completion: completion,
            nodes: Dictionary(uniqueKeysWithValues: nodes.lazy.map { ($0, outstanding) }),
            deadline: deadline
        )
        guard !nodes.isEmpty, self.requests.count < self.maximumPending else { return (id, request.finished) }
        self.requests[id] = request
        return (id, nil)
    }

    /// A node tells how many answers it will send.
    package mutating func announced(_ id: ClusterRequestID, from node: NodeID, count: Int) -> Finished? {
        self.change(id, node) { request in
            request.nodes[node]?.isAnnounced = true
            request.nodes[node]?.count += count
        }
    }

    /// A node sends one of its answers, or tells that one will not come.
    package mutating func answered(_ id: ClusterRequestID, from node: NodeID, _ answer: Answer?) -> Finished? {
        self.change(id, node) { request in
            request.nodes[node]?.count -= 1
            if let answer { request.answers.append(answer) } else { request.missingAnswers += 1 }
        }
    }

    /// A node is gone: nobody waits for it any more.
    ///
    /// What it had announced counts as missing.
    package mutating func left(_ node: NodeID) -> [Finished] {
        var finished: [Finished] = []
        for (id, request) in self.requests {
            guard let outstanding = request.nodes[node] else { continue }
            self.requests[id]?.nodes[node] = nil
            self.requests[id]?.missingAnswers += max(0, outstanding.count)
            if let done = self.finishIfDone(id) { finished.append(done) }
        }
        return finished
    }

    /// Takes out every request whose deadline is `now` or earlier.
    package mutating func expire(now: NIODeadline) -> [Finished] {
        let expired = self.requests.filter { $0.value.deadline <= now }
        for id in expired.keys { self.requests[id] = nil }
        return expired.sorted { $0.key < $1.key }.map(\.value.finished)
    }

    /// Takes out every request: the namespace is gone.
    package mutating func removeAll() -> [Finished] {
        defer { self.requests = [:] }
        return self.requests.sorted { $0.key < $1.key }.map(\.value.finished)
    }

    private mutating func change(
        _ id: ClusterRequestID,
        _ node: NodeID,
        _ body: (inout Request) -> Void
    ) -> Finished? {
        guard var request = self.requests.removeValue(forKey: id) else { return nil }
        guard request.nodes[node] != nil else {
            self.requests[id] = request
            return nil
        }
        body(&request)
        if request.nodes[node]?.isDone == true { request.nodes[node] = nil }
        self.requests[id] = request
        return self.finishIfDone(id)
    }

    private mutating func finishIfDone(_ id: ClusterRequestID) -> Finished? {
        guard let request = self.requests[id], request.nodes.isEmpty else { return nil }
        self.requests[id] = nil
        return request.finished
    }
}
