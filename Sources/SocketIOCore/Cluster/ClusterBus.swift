// Licensed under the MIT licence.

/// Carries messages between the nodes of a cluster: a Redis connection, or anything else that knows who is there.
///
/// - **Ordering**: messages from one node to another arrive in the order in which they were sent.
/// - **Delivery**: at most once, and never to the sender itself. A lost message is lost; requests have deadlines.
///
/// All members may be called from anywhere and return at once.
public protocol ClusterBus: Sendable {
    /// This process.
    var node: NodeID { get }

    /// Takes part in a namespace: its messages, and news of nodes that left, go to `receiver` from now on, in order and on any
    /// thread. Attaching it once more changes nothing.
    func attach(_ receiver: any ClusterReceiver, to namespace: String)

    /// Gives a receiver nothing more; another that was attached to the namespace after it stays.
    func detach(_ receiver: any ClusterReceiver, from namespace: String)

    /// Sends a message to every other node that takes part in the namespace.
    func publish(_ message: ClusterMessage, in namespace: String)

    /// Sends a message to one node.
    func send(_ message: ClusterMessage, in namespace: String, to node: NodeID)

    /// Sends a question to every other node that takes part in the namespace, in its order among what is published, and tells who
    /// will answer.
    ///
    /// - Parameters:
    ///   - question: With an id of this node's.
    ///   - namespace: Where to ask.
    ///   - audience: Called exactly once, on any thread, also when the bus is broken; answers may come before.
    func ask(
        _ question: ClusterMessage,
        in namespace: String,
        audience: @escaping @Sendable (ClusterAudience) -> Void
    )

    /// Tells how many nodes are alive by now, for a bus that counts those it asks and is not told when one of them leaves.
    ///
    /// - Parameters:
    ///   - heard: Nodes that have said something of late; it is looked at which of them are still there.
    ///   - namespace: Where they take part.
    ///   - completion: Called exactly once, on any thread; with nothing if that is not known.
    func recount(
        _ heard: Set<NodeID>,
        in namespace: String,
        completion: @escaping @Sendable (ClusterCensus?) -> Void
    )

    /// A room of this process has its first member, or has lost its last.
    ///
    /// For a bus that brings only what concerns rooms with members here. The last word on a room is right; calls come on one shard.
    func roomChanged(_ room: Room, isOccupied: Bool, in namespace: String)

    /// Calls back once what other nodes send to a room reaches this one.
    ///
    /// `completion` is called exactly once, on any thread: with `false` if that will not be, for the room has no members here any more.
    func whenReachable(_ room: Room, in namespace: String, completion: @escaping @Sendable (Bool) -> Void)
}

extension ClusterBus {
    /// Knows nothing: leaving nodes are told of by ``ClusterReceiver/left(_:)``.
    public func recount(
        _ heard: Set<NodeID>,
        in namespace: String,
        completion: @escaping @Sendable (ClusterCensus?) -> Void
    ) {
        completion(nil)
    }

    /// Does nothing: the bus brings everything anyway.
    public func roomChanged(_ room: Room, isOccupied: Bool, in namespace: String) {}

    /// Completes at once: the bus brings everything anyway.
    public func whenReachable(_ room: Room, in namespace: String, completion: @escaping @Sendable (Bool) -> Void) {
        completion(true)
    }
}

/// Who will answer a question.
public enum ClusterAudience: Sendable, Hashable {
    /// These, and no others.
    case nodes(Set<NodeID>)
    /// So many processes, this one among them if the question comes back to it (``ClusterReceiver/returned(_:)``).
    case count(Int)
    /// Nobody knows, and who did not answer by now will not: the question is lost.
    case unknown
}

/// Who is there, as far as a bus can count.
public struct ClusterCensus: Sendable, Hashable {
    /// How many processes there are, this one among them if it takes part.
    public var count: Int
    /// Which of the nodes that were asked about are among them.
    public var alive: Set<NodeID>

    /// Creates a census.
    public init(count: Int, alive: Set<NodeID>) {
        self.count = count
        self.alive = alive
    }
}

/// Gets what a ``ClusterBus`` brings.
public protocol ClusterReceiver: AnyObject, Sendable {
    /// Another node has sent a message.
    func received(_ message: ClusterMessage, from node: NodeID)
    /// Another node is gone: it answers no more.
    func left(_ node: NodeID)
    /// A question of this node has come back to it, so it is among those that were counted.
    func returned(_ id: ClusterRequestID)
}
