// Licensed under the MIT licence.

/// How a ``RedisBus`` talks to the other nodes.
public struct RedisBusOptions: Sendable {
    /// What a node subscribes to.
    public enum Subscriptions: Sendable {
        /// The namespace's channel, and one for each room with members here, so that what is sent to a room costs only the nodes that
        /// have members; and one pattern for the rooms that single sockets' ids are.
        case rooms
        /// All channels of the namespace, as the reference does it: each node gets everything.
        case everything
    }

    /// The beginning of the names of all channels; `socket.io` by default, as in the reference (`key`).
    public var channelPrefix: String
    /// What a node subscribes to; ``Subscriptions/rooms`` by default.
    public var subscriptions: Subscriptions
    /// The largest message that is read; 64 MiB by default.
    ///
    /// Larger ones are dropped and counted. What sockets there are on a node is told in one message.
    public var maximumMessageBytes: Int
    /// How long a room may be without members before it is unsubscribed from, at least; 500 ms by default.
    public var idleTime: Duration
    /// Whether all answers go to the channel of the node that asked; not by default, as in the reference.
    ///
    /// Answers to nodes that are known to listen there go there anyway.
    public var publishOnSpecificResponseChannel: Bool

    /// Creates options; every one has a default.
    public init(
        channelPrefix: String = "socket.io",
        subscriptions: Subscriptions = .rooms,
        maximumMessageBytes: Int = 64 << 20,
        idleTime: Duration = .milliseconds(500),
        publishOnSpecificResponseChannel: Bool = false
    ) {
        self.channelPrefix = channelPrefix
        self.subscriptions = subscriptions
        self.maximumMessageBytes = maximumMessageBytes
        self.idleTime = idleTime
        self.publishOnSpecificResponseChannel = publishOnSpecificResponseChannel
    }
}
