// Licensed under the MIT licence.

public import NIOCore

/// A command with its arguments, encoded as it is built.
///
/// ```swift
/// RedisCommand("SET", .key("greeting"), "hello", "EX", 60)
///
/// var command = RedisCommand("HSET")
/// command.append(key: "user:1")
/// command.append("name")
/// command.append(nameBytes)  // a ByteBuffer
/// ```
///
/// Say which arguments are keys: in a Redis Cluster they decide which node the command goes to, and a command whose keys are in
/// different hash slots is refused before it is sent. Without a cluster it makes no difference.
///
/// Not for commands that change what a connection is, such as `SUBSCRIBE`, `MULTI`, `AUTH`, `SELECT` or `MONITOR`, nor
/// for those that wait in the server, such as `BLPOP`: they would hold up all that others have sent.
public struct RedisCommand: Sendable {
    /// An argument of a command.
    public enum Argument: Sendable, ExpressibleByStringLiteral, ExpressibleByStringInterpolation,
        ExpressibleByIntegerLiteral
    {
        /// A key, or another name that the cluster finds a node by, such as a sharded channel.
        case key(String)
        /// Text, as UTF-8.
        case text(String)
        /// Bytes.
        case bytes(ByteBuffer)
        /// A number, as its digits.
        case number(Int)

        /// Makes text.
        ///
        /// - Parameter value: The text.
        public init(stringLiteral value: String) {
            self = .text(value)
        }

        /// Makes a number.
        ///
        /// - Parameter value: The number.
        public init(integerLiteral value: Int) {
            self = .number(value)
        }
    }

    /// Whether the command fails at once while there is no connection.
    ///
    /// Then with ``RedisError/Code/notConnected``; otherwise it waits for a connection until its deadline. `false` unless set.
    public var failsWhenDisconnected = false

    /// The arguments as bulk strings, without the array's head; without `EVALSHA` and its digest if there is a script.
    private(set) var body = ByteBuffer()
    /// How many bulk strings are in the body.
    private(set) var argumentCount = 0
    /// Where the keys lead.
    private(set) var placement = Placement.anywhere
    /// What is run, if this is a script's call.
    let script: RedisScript?
    /// The first word; `EVALSHA` for a script's call.
    let name: String

    /// Where a command's keys lead in a cluster.
    enum Placement: Hashable {
        case anywhere
        case slot(HashSlot)
        case differentSlots
    }

    /// Begins a command that has no arguments yet.
    ///
    /// - Parameter name: The name, such as `GET`; of subcommands too, `RedisCommand("CLIENT", "ID")`.
    public init(_ name: String) {
        self.script = nil
        self.name = name
        self.append(name)
    }

    /// Makes a command.
    ///
    /// - Parameters:
    ///   - name: The name.
    ///   - arguments: What follows it.
    public init(_ name: String, _ arguments: Argument...) {
        self.init(name, arguments)
    }

    /// Makes a command.
    ///
    /// - Parameters:
    ///   - name: The name.
    ///   - arguments: What follows it.
    public init(_ name: String, _ arguments: [Argument]) {
        self.init(name)
        for argument in arguments { self.append(argument) }
    }

    /// Makes the call of a script, with `EVALSHA` or, if the server does not have it, `EVAL`.
    ///
    /// - Parameters:
    ///   - script: The script.
    ///   - keys: Its `KEYS`; all in one hash slot where there is a cluster.
    ///   - arguments: Its `ARGV`.
    public init(_ script: RedisScript, keys: [String], arguments: [Argument] = []) {
        self.script = script
        self.name = "EVALSHA"
        self.append(.number(keys.count))
        for key in keys { self.append(key: key) }
        for argument in arguments { self.append(argument) }
    }

    /// Adds an argument.
    ///
    /// - Parameter argument: The argument.
    public mutating func append(_ argument: Argument) {
        switch argument {
        case .key(let key): self.append(key: key)
        case .text(let text): self.append(text)
        case .bytes(let bytes): self.append(bytes)
        case .number(let number): self.append(number)
        }
    }

    /// Adds a key.
    ///
    /// - Parameter key: The key.
    public mutating func append(key: String) {
        self.append(key)
        self.place(HashSlot(key: key))
    }

    /// Adds a key.
    ///
    /// - Parameter key: The key's bytes.
    public mutating func append(key: ByteBuffer) {
        self.append(key)
        self.place(HashSlot(key: key))
    }

    /// Adds text, as UTF-8.
    ///
    /// - Parameter text: The text.
    public mutating func append(_ text: String) {
        self.argumentCount += 1
        self.body.writeRESPBulkString(text)
    }

    /// Adds bytes.
    ///
    /// - Parameter bytes: The bytes; they are copied.
    public mutating func append(_ bytes: ByteBuffer) {
        self.argumentCount += 1
        self.body.writeRESPBulkString(bytes)
    }

    /// Adds a number, as its digits.
    ///
    /// - Parameter number: The number.
    public mutating func append(_ number: Int) {
        self.argumentCount += 1
        self.body.writeRESPBulkString(number)
    }

    private mutating func place(_ slot: HashSlot) {
        switch self.placement {
        case .anywhere: self.placement = .slot(slot)
        case .slot(slot): break
        case .slot, .differentSlots: self.placement = .differentSlots
        }
    }
}

extension RedisCommand {
    /// About how many bytes the command takes on the wire.
    var cost: Int {
        self.body.readableBytes + 64
    }

    /// Writes the command.
    ///
    /// - Parameters:
    ///   - buffer: Where to.
    ///   - sendsSource: Whether a script's text is sent rather than its digest.
    func write(into buffer: inout ByteBuffer, sendsSource: Bool = false) {
        guard let script else {
            buffer.writeRESPHead(UInt8(ascii: "*"), self.argumentCount)
            buffer.writeImmutableBuffer(self.body)
            return
        }
        buffer.writeRESPHead(UInt8(ascii: "*"), self.argumentCount + 2)
        buffer.writeRESPBulkString(sendsSource ? "EVAL" : "EVALSHA")
        buffer.writeRESPBulkString(sendsSource ? script.source : script.digest)
        buffer.writeImmutableBuffer(self.body)
    }
}
