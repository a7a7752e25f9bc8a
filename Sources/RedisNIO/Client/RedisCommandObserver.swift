// Licensed under the MIT licence.

/// Watches the commands of a client, to measure or to trace them.
public protocol RedisCommandObserver: Sendable {
    /// A command, or a transaction, is handed to the client.
    ///
    /// Called on the thread that sends, before the command is on its way; must not wait.
    ///
    /// - Parameter name: The first word, such as `HGET`; `EVALSHA` for a script, `MULTI` for a transaction. Names come from the
    ///   program, so there are as many as it uses.
    /// - Returns: Called once, on the client's event loop, when the command has ended: with why there is no answer, or nothing. What
    ///   the server refuses is such a reason too.
    func commandBegan(_ name: String) -> @Sendable (RedisError?) -> Void
}
