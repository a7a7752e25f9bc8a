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

    /// Tells which other nodes take part in the namespace and are alive, as far as is known.
    ///
    /// `completion` is called exactly once, on any thread, also when the bus is broken.
    func otherNodes(in namespace: String, completion: @escaping @Sendable (Set<NodeID>) -> Void)
}

/// Gets what a ``ClusterBus`` brings.
public protocol ClusterReceiver: AnyObject, Sendable {
    /// Another node has sent a message.
    func received(_ message: ClusterMessage, from node: NodeID)
    /// Another node is gone: it answers no more.
    func left(_ node: NodeID)
}
