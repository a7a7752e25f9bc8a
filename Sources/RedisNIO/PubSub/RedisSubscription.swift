// Licensed under the MIT licence.

/// What can be subscribed to.
///
/// Names are compared byte by byte, as Redis compares them: unlike `String`, which takes canonically equivalent ones for equal.
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

    /// Whether both are of one kind, and their names have the same bytes.
    public static func == (left: RedisSubscription, right: RedisSubscription) -> Bool {
        guard left.kind == right.kind else { return false }
        var (left, right) = (left.name, right.name)
        return left.withUTF8 { left in
            right.withUTF8 { right in left.count == right.count && left.elementsEqual(right) }
        }
    }

    /// Hashes the kind and the bytes of the name.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(self.kind)
        var name = self.name
        name.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
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
