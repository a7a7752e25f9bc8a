// Licensed under the MIT licence.

/// What a node sends back to who asked.
package enum ClusterAnswer: Sendable {
    /// What a socket or a server answered.
    case reply(AckReply)
    /// The sockets of the node.
    case sockets([SocketDescription])
}

/// What a request to the nodes came to.
package struct ClusterOutcome<Answer: Sendable>: Sendable {
    /// All answers, in the order in which they came.
    package var answers: [Answer]
    /// How many nodes that were alive had not said all when the time was up; one for all others if the bus had not even said who
    /// they are.
    package var silentNodes: Int
    /// How many of these have not even announced how many answers they would send.
    package var unheardNodes: Int
    /// How many announced answers did not come.
    package var missingAnswers: Int
}

extension ClusterOutcome<ClusterAnswer> {
    /// The answers of sockets and servers.
    package var replies: [AckReply] {
        self.answers.compactMap { if case .reply(let reply) = $0 { reply } else { nil } }
    }

    /// The sockets of all nodes.
    package var sockets: [SocketDescription] {
        self.answers.flatMap { answer -> [SocketDescription] in
            if case .sockets(let sockets) = answer { sockets } else { [] }
        }
    }

    /// What the receivers of a broadcast answered.
    package var broadcastAnswers: BroadcastAnswers {
        BroadcastAnswers(
            replies: self.replies,
            missing: self.missingAnswers,
            failure: self.unheardNodes == 0 ? nil : .missingAnswers(from: self.unheardNodes)
        )
    }

    /// What was asked for, if every node that is alive has answered.
    package func complete<Value>(_ value: (Self) -> Value) -> Result<Value, ClusterError> {
        self.silentNodes == 0 ? .success(value(self)) : .failure(.missingAnswers(from: self.silentNodes))
    }
}
