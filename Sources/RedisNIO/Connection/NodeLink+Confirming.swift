// Licensed under the MIT licence.

import NIOCore

// Requests whose answers wait for replicas (``ReplicaConfirmation``).
extension NodeLink {
    /// How many requests share one `WAIT` at most.
    static let largestBatch = 1_000
    /// How much later than the server we give up waiting for it.
    static let confirmationGrace = TimeAmount.seconds(1)

    private static let notReplicated =
        RedisError(.notReplicated, outcome: .unknown, message: "too few replicas have it")

    /// Sends what waits at the end of this turn, so that all of it shares one `WAIT`.
    func scheduleBatch() {
        guard !self.isBatchScheduled, !self.batch.isUnderway else { return }
        self.isBatchScheduled = true
        self.eventLoop.assumeIsolated().execute {
            self.isBatchScheduled = false
            self.sendBatch()
        }
    }

    /// Sends what waits, if nothing else is under way.
    func sendBatch() {
        guard let confirmation, let connection, connection.isReady, !self.batch.isUnderway else { return }
        self.fail(self.waiting.deadlineReached(now: self.eventLoop.now), sent: false)
        guard self.waiting.count > 0 else { return }
        self.batch.began()
        for _ in 0..<Self.largestBatch {
            guard let request = self.waiting.popFirst() else { break }
            connection.send(request)
        }
        let milliseconds = max(1, Int(confirmation.timeout.nanoseconds / 1_000_000))
        var question = RedisRequest(
            .command(RedisCommand("WAIT", .number(max(1, confirmation.replicas)), .number(milliseconds))),
            deadline: self.eventLoop.now + confirmation.timeout + Self.confirmationGrace,
            isPinned: true,
            // Its answer is taken where all answers come.
            completion: { _ in }
        )
        question.isConfirmation = true
        connection.send(question)
    }

    /// Whether an answer is nobody's yet.
    func isHeldBack(_ request: RedisRequest, _ reply: RESPValue) -> Bool {
        guard let confirmation else { return false }
        if request.isConfirmation {
            let isConfirmed = (reply.number ?? 0) >= confirmation.replicas
            self.endBatch(isConfirmed ? nil : Self.notReplicated)
            return true
        }
        // What was refused has written nothing that would have to be confirmed, and may belong elsewhere.
        guard !reply.isError else { return false }
        if !self.batch.answered((request, reply)) {
            // The word of the replicas was given up before the server came round to the request.
            request.completion(.failure(Self.notReplicated))
        }
        return true
    }

    /// Gives out what was held, and goes on with what has gathered.
    func endBatch(_ error: RedisError?) {
        for (request, reply) in self.batch.ended() {
            if let error {
                request.completion(.failure(error))
            } else if let delegate {
                delegate.link(self, answered: request, with: reply)
            } else {
                request.completion(.failure(RedisError(.closed, outcome: .unknown)))
            }
        }
        self.sendBatch()
    }
}
