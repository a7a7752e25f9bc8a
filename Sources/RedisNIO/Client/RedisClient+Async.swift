// Licensed under the MIT licence.

extension RedisClient {
    /// Sends a command, and waits for the answer.
    ///
    /// A task that is cancelled still waits, no longer than the deadline.
    ///
    /// - Parameters:
    ///   - command: The command.
    ///   - time: How long it has until it is answered; ``RedisConfiguration/commandTimeout`` if `nil`.
    /// - Returns: The answer.
    /// - Throws: Why there is none, or the error that the server answered.
    @discardableResult
    public func send(_ command: RedisCommand, within time: Duration? = nil) async throws(RedisError) -> RESPValue {
        let result = await withCheckedContinuation { continuation in
            self.send(command, within: time) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }

    /// Sends commands that take effect together, and waits for their answers.
    ///
    /// - Parameters:
    ///   - commands: The commands, at least one.
    ///   - time: How long there is until they are answered; ``RedisConfiguration/commandTimeout`` if `nil`.
    /// - Returns: The answers; errors of single commands among them.
    /// - Throws: Why there are none.
    @discardableResult
    public func send(
        transaction commands: [RedisCommand],
        within time: Duration? = nil
    ) async throws(RedisError) -> [RESPValue] {
        let result = await withCheckedContinuation { continuation in
            self.send(transaction: commands, within: time) { continuation.resume(returning: $0) }
        }
        return try result.get().elements ?? []
    }

    /// Sends a command to every server that takes writes, and waits for the answers of all.
    ///
    /// - Parameters:
    ///   - command: The command; its keys are not looked at.
    ///   - time: How long there is until it is answered; ``RedisConfiguration/commandTimeout`` if `nil`.
    /// - Returns: The answer of each; none if the cluster is not known yet.
    public func sendToAllPrimaries(_ command: RedisCommand, within time: Duration? = nil) async -> [RedisPrimaryReply] {
        await withCheckedContinuation { continuation in
            self.sendToAllPrimaries(command, within: time) { continuation.resume(returning: $0) }
        }
    }

    /// Ends the client, and waits for it.
    public func close() async {
        await withCheckedContinuation { continuation in
            self.close { continuation.resume() }
        }
    }
}
