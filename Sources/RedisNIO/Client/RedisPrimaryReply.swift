// Licensed under the MIT licence.

/// What one of several servers answered.
public struct RedisPrimaryReply: Sendable {
    /// The server; `nil` if it is not known where it is now.
    public let endpoint: RedisEndpoint?
    /// Its answer, or why there is none.
    public let result: Result<RESPValue, RedisError>
}

/// Gathers the answers of several servers.
///
/// Unchecked, since it is touched on the client's event loop alone: completions come there, and nobody else has it.
final class PrimaryReplies: @unchecked Sendable {
    private var replies: [RedisPrimaryReply] = []
    private let expected: Int
    private let completion: @Sendable ([RedisPrimaryReply]) -> Void

    init(expected: Int, completion: @escaping @Sendable ([RedisPrimaryReply]) -> Void) {
        self.expected = expected
        self.completion = completion
        if expected == 0 { completion([]) }
    }

    func add(_ reply: RedisPrimaryReply) {
        self.replies.append(reply)
        if self.replies.count == self.expected { self.completion(self.replies) }
    }
}
