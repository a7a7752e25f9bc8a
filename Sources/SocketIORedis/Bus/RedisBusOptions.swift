// Licensed under the MIT licence.

/// How a ``RedisBus`` talks to the other nodes.
public struct RedisBusOptions: Sendable {
    /// How the nodes talk; all of a cluster must do it the same way.
    public enum Wire: Sendable {
        /// As `@socket.io/redis-adapter`'s `createAdapter` does, and all emitters; any Redis.
        case classic
        /// As its `createShardedAdapter` does, over sharded channels; Redis 7 and later, and in a Redis Cluster each message stays with one
        /// shard.
        case sharded
    }

    /// What a node subscribes to.
    public enum Subscriptions: Sendable {
        /// The namespace's channel, and one for each room with members here, so that what is sent to a room costs only the nodes that
        /// have members; and one pattern for the rooms that single sockets' ids are.
        case rooms
        /// All channels of the namespace, as the reference's classic adapter does it: each node gets everything.
        ///
        /// On sharded channels it is all sent on the namespace's channel instead, as with the reference's `subscriptionMode: "static"`,
        /// which all nodes of the cluster must have then.
        case everything
    }

    /// The channel on which python-socketio's managers talk, write-only ones as well.
    public struct PythonChannel: Sendable {
        /// The channel; `socketio` by default, as there.
        public var name: String
        /// Whether what is emitted here goes to Python's servers, too.
        public var publishes: Bool
        /// The realm of the rooms that names on the channel mean, besides rooms of realm 0, such as sockets' ids; 0 by default.
        ///
        /// With another one, what is sent to a name goes to both rooms, while moving a client between rooms means realm 0: who is in
        /// the application's own rooms is its own to say.
        public var realm: UInt8

        /// Creates options; every one has a default.
        public init(name: String = "socketio", publishes: Bool = true, realm: UInt8 = 0) {
            self.name = name
            self.publishes = publishes
            self.realm = realm
        }
    }

    /// How the nodes talk; ``Wire/classic`` by default.
    public var wire: Wire
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
    /// On sharded channels they do in any case.
    /// Answers to nodes that are known to listen there go there anyway.
    public var publishOnSpecificResponseChannel: Bool
    /// Whether, and how, servers and processes with python-socketio take part; not, by default.
    ///
    /// They can emit to sockets here, with callbacks, move them between rooms and put them out; and what is emitted here reaches their
    /// clients, except that to them an event's only argument cannot be `null` and rooms cannot be left out, just sockets.
    public var pythonChannel: PythonChannel?
    /// The realm of the rooms that other servers and emitters mean by the names that they send to, besides rooms of realm 0, such as
    /// sockets' ids; 0 by default.
    ///
    /// With another one, which all nodes of the cluster must have then, what is sent to a name goes to both rooms, and sockets are found in
    /// both, while moving them between rooms means realm 0: who is in the application's own rooms is its own to say.
    public var foreignRealm: UInt8

    /// Creates options; every one has a default.
    public init(
        wire: Wire = .classic,
        channelPrefix: String = "socket.io",
        subscriptions: Subscriptions = .rooms,
        maximumMessageBytes: Int = 64 << 20,
        idleTime: Duration = .milliseconds(500),
        publishOnSpecificResponseChannel: Bool = false,
        pythonChannel: PythonChannel? = nil,
        foreignRealm: UInt8 = 0
    ) {
        self.wire = wire
        self.channelPrefix = channelPrefix
        self.subscriptions = subscriptions
        self.maximumMessageBytes = maximumMessageBytes
        self.idleTime = idleTime
        self.publishOnSpecificResponseChannel = publishOnSpecificResponseChannel
        self.pythonChannel = pythonChannel
        self.foreignRealm = foreignRealm
    }
}
