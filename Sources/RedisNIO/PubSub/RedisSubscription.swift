// Licensed under the MIT licence.

/// What can be subscribed to.
public enum RedisSubscription: Sendable, Hashable {
    /// A channel (`SUBSCRIBE`); in a cluster its messages reach every node.
    case channel(String)
    /// All channels whose names match (`PSUBSCRIBE`), such as `news.*`.
    case pattern(String)
    /// A sharded channel (`SSUBSCRIBE`, Redis 7 and later); in a cluster its messages stay with the nodes of its hash slot.
    case shardChannel(String)

    /// The channel or pattern.
    public var name: String {
        switch self {
        case .channel(let name), .pattern(let name), .shardChannel(let name): name
        }
    }

    /// The kinds, each with commands of its own.
    enum Kind: Int, Sendable, Hashable, CaseIterable {
        case channel
        case pattern
        case shardChannel

        var subscribing: String {
            switch self {
            case .channel: "SUBSCRIBE"
            case .pattern: "PSUBSCRIBE"
            case .shardChannel: "SSUBSCRIBE"
            }
        }

        var unsubscribing: String {
            switch self {
            case .channel: "UNSUBSCRIBE"
            case .pattern: "PUNSUBSCRIBE"
            case .shardChannel: "SUNSUBSCRIBE"
            }
        }
    }

    var kind: Kind {
        switch self {
        case .channel: .channel
        case .pattern: .pattern
        case .shardChannel: .shardChannel
        }
    }

    init(_ kind: Kind, _ name: String) {
        switch kind {
        case .channel: self = .channel(name)
        case .pattern: self = .pattern(name)
        case .shardChannel: self = .shardChannel(name)
        }
    }
}
