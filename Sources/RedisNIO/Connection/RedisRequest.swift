// Licensed under the MIT licence.

import NIOCore

/// A command, or a transaction of several, on its way to its answer.
struct RedisRequest: Sendable {
    enum Content: Sendable {
        case command(RedisCommand)
        /// Commands between MULTI and EXEC.
        case transaction([RedisCommand])

        /// The first word that the server is sent.
        var name: String {
            switch self {
            case .command(let command): command.name
            case .transaction: "MULTI"
            }
        }
    }

    let content: Content
    let deadline: NIODeadline
    let completion: @Sendable (Result<RESPValue, RedisError>) -> Void

    /// How often another node has been tried.
    var redirections = 0
    /// Whether the node is told that it is asked for a slot it is only getting (ASK).
    var isAsking = false
    /// Whether a script's text is to be sent, whatever the connection knows.
    var sendsSource = false
    /// Whether it asks if replicas have what was sent before it.
    var isConfirmation = false
    /// Whether it is meant for the node that it was given to, and no other.
    let isPinned: Bool

    init(
        _ content: Content,
        deadline: NIODeadline,
        isPinned: Bool = false,
        completion: @escaping @Sendable (Result<RESPValue, RedisError>) -> Void
    ) {
        self.content = content
        self.deadline = deadline
        self.isPinned = isPinned
        self.completion = completion
    }

    var cost: Int {
        switch self.content {
        case .command(let command): command.cost
        case .transaction(let commands): commands.reduce(32) { $0 + $1.cost }
        }
    }

    /// How many replies the server sends.
    var replies: Int {
        let replies =
            switch self.content {
            case .command: 1
            case .transaction(let commands): commands.count + 2
            }
        return self.isAsking ? replies + 1 : replies
    }

    var isScript: Bool {
        switch self.content {
        case .command(let command): command.script != nil
        case .transaction: false
        }
    }

    var failsWhenDisconnected: Bool {
        switch self.content {
        case .command(let command): command.failsWhenDisconnected
        case .transaction(let commands): commands.contains { $0.failsWhenDisconnected }
        }
    }

    var placement: RedisCommand.Placement {
        switch self.content {
        case .command(let command): return command.placement
        case .transaction(let commands):
            return commands.reduce(.anywhere) { placement, command in
                switch (placement, command.placement) {
                case (let some, .anywhere), (.anywhere, let some): some
                case (let first, let second): first == second ? first : .differentSlots
                }
            }
        }
    }

    /// Writes the request as the server takes it.
    ///
    /// - Parameters:
    ///   - buffer: Where to.
    ///   - known: The scripts that the server has been sent on this connection.
    func write(into buffer: inout ByteBuffer, known: inout Set<RedisScript>) {
        if self.isAsking { RedisCommand("ASKING").write(into: &buffer) }
        switch self.content {
        case .command(let command):
            guard let script = command.script else { return command.write(into: &buffer) }
            // The first call carries the text, so that no call has to be repeated behind others that were sent after it.
            let isNew = known.insert(script).inserted
            command.write(into: &buffer, sendsSource: isNew || self.sendsSource)
        case .transaction(let commands):
            RedisCommand("MULTI").write(into: &buffer)
            // In a transaction there is no second try for one call, so the text goes along.
            for command in commands { command.write(into: &buffer, sendsSource: true) }
            RedisCommand("EXEC").write(into: &buffer)
        }
    }
}
