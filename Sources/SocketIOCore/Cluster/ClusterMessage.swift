// Licensed under the MIT licence.

/// One server process among those that share their namespaces.
public struct NodeID: Hashable, Sendable, CustomStringConvertible {
    /// What the others call it; different for each start of a process.
    public let name: String

    /// Names a node.
    public init(_ name: String) {
        self.name = name
    }

    /// The name.
    public var description: String { self.name }
}

/// The number of a request, unique among those of the node that asks.
public typealias ClusterRequestID = UInt64

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
