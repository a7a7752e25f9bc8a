// Licensed under the MIT licence.

/// One server process among those that share their namespaces.
public struct NodeID: Hashable, Sendable, CustomStringConvertible {
    /// A process that does not say who it is: each time it may be another.
    public static let unnamed = NodeID("")

    /// What the others call it; different for each start of a process.
    public let name: String

    /// Names a node.
    public init(_ name: String) {
        self.name = name
    }

    /// The name.
    public var description: String { self.name }
}

/// What a request is known by, unique among those of the node that asks.
///
/// Whoever answers gives it back as it came.
public struct ClusterRequestID: Hashable, Sendable, CustomStringConvertible {
    /// As the node that asks writes it.
    public let text: String

    /// Takes an id over from a node that asks.
    public init(_ text: String) {
        self.text = text
    }

    /// The id of a request of this node.
    package init(_ number: UInt64) {
        self.init(String(number))
    }

    /// Which of this node's requests it is; `nil` if of none.
    package var number: UInt64? { UInt64(self.text) }

    /// The text.
    public var description: String { self.text }
}

/// What the nodes tell each other about one namespace.
///
/// Targets are never local: a node does not send what concerns it alone.
public enum ClusterMessage: Sendable {
    /// Send an event to the matching sockets.
    case broadcast(BroadcastEvent, BroadcastTarget)
    /// Send an event to the matching sockets and ask each for an acknowledgement; answer with ``asked(_:count:)`` at once and
    /// with one ``answer(_:_:)`` for each acknowledgement that comes in time.
    case ask(ClusterRequestID, BroadcastEvent, BroadcastTarget, timeout: Duration)
    /// So many sockets were asked.
    case asked(ClusterRequestID, count: Int)
    /// What one socket answered, or one server.
    case answer(ClusterRequestID, AckReply)
    /// Make the matching sockets members of rooms.
    case join([Room], BroadcastTarget)
    /// End the membership of the matching sockets in rooms.
    case leave([Room], BroadcastTarget)
    /// Put the matching sockets out of the namespace.
    case disconnect(BroadcastTarget, closing: Bool)
    /// Describe the matching sockets; answer with ``sockets(_:_:)``, also when there are none.
    case describe(ClusterRequestID, BroadcastTarget)
    /// The sockets that were asked for.
    case sockets(ClusterRequestID, [SocketDescription])
    /// An event for the server itself; with a number, answer once with ``answer(_:_:)``.
    case serverSide(ServerSideMessage, ClusterRequestID?)
}
