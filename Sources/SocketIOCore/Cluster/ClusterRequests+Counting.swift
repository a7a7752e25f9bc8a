// Licensed under the MIT licence.

/// Requests to nodes that are counted and not named.
extension ClusterRequests {
    /// Tells how many nodes were asked, this one among them if ``returned(_:)`` comes.
    package mutating func othersCounted(_ id: Number, _ count: Int) -> Finished? {
        guard self.requests[id]?.settled != nil, self.requests[id]?.awaited == nil else { return nil }
        self.requests[id]?.awaited = max(0, count)
        return self.finishIfDone(id)
    }

    /// Nobody will ever know who was asked: whoever has not said all by now is not waited for, and missing.
    package mutating func lost(_ id: Number) -> Finished? {
        guard self.requests[id]?.settled != nil, self.requests[id]?.awaited == nil else { return nil }
        self.requests[id]?.isLost = true
        return self.finishIfDone(id)
    }

    /// A question has come back to this node.
    package mutating func returned(_ id: Number) -> Finished? {
        guard self.requests[id]?.hasReturned == false else { return nil }
        self.requests[id]?.hasReturned = true
        self.requests[id]?.unnamedCount += 1
        return self.finishIfDone(id)
    }

    mutating func unnamedAnnounced(_ id: Number, count: Int) -> Finished? {
        guard self.requests[id]?.expected.isAnnounced == false else { return nil }
        self.requests[id]?.unnamedCount += 1
        self.requests[id]?.unnamedDebt += count
        return self.finishIfDone(id)
    }

    mutating func unnamedAnswered(_ id: Number, _ answer: Answer?) -> Finished? {
        guard let isOnly = self.requests[id]?.expected.isAnnounced else { return nil }
        if isOnly { self.requests[id]?.unnamedCount += 1 } else { self.requests[id]?.unnamedDebt -= 1 }
        if let answer { self.requests[id]?.answers.append(answer) } else { self.requests[id]?.missingAnswers += 1 }
        return self.finishIfDone(id)
    }

    /// What a census is asked for; `nil` if no request awaits nodes by their number.
    ///
    /// - Returns: Who has said something about such requests, and the number of the first request that the census, asked for now,
    ///   comes too early for.
    package var censusQuestion: (heard: Set<NodeID>, before: Number)? {
        var heard: Set<NodeID>?
        for request in self.requests.values where request.awaited != nil {
            heard = (heard ?? []).union(request.named)
        }
        return heard.map { ($0, self.nextID) }
    }

    /// So many nodes are alive, perhaps fewer than were asked.
    ///
    /// Nodes that have come since cannot be told from those that were asked. So somebody who died may be waited for until the
    /// deadline, but somebody who is alive never is not waited for.
    ///
    /// - Parameters:
    ///   - census: Who is there, with this node if it takes part.
    ///   - question: What the census was asked for: the others of the nodes that were heard are gone.
    /// - Returns: The requests that await nobody any more.
    package mutating func recounted(
        _ census: ClusterCensus,
        for question: (heard: Set<NodeID>, before: Number)
    ) -> [Finished] {
        let dead = question.heard.subtracting(census.alive)
        return self.requests.keys.sorted().compactMap { id in
            guard id < question.before, let request = self.requests[id], let awaited = request.awaited else {
                return nil
            }
            let named = request.named
            let living = named.intersection(census.alive).count + (request.hasReturned ? 1 : 0)
            let silent = max(0, census.count - living)
            self.requests[id]?.awaited = min(awaited, named.count + request.unnamedCount + silent)
            for node in named.intersection(dead) {
                guard let outstanding = self.requests[id]?.nodes.removeValue(forKey: node) else { continue }
                self.requests[id]?.missingAnswers += max(0, outstanding.count)
                // It has spoken, and so keeps its place among those that were counted.
                self.requests[id]?.settled?.insert(node)
            }
            return self.finishIfDone(id)
        }
    }
}
