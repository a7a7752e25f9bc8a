// Licensed under the MIT licence.

/// What the nodes of one chat tell each other: who is where, and what was said.
///
/// All calls may come from any thread and return at once. What concerns one place is called from the place's home alone, and takes
/// effect in the order of the calls.
///
/// What a node has announced (``enter(_:_:)``) is taken away by the others if it dies, so that nobody is left behind. A node that
/// was given up though it lives is called something else from then on, and announces everything again by itself.
package protocol ChatCluster: Sendable {
    /// What the others call this node, and have called it before.
    var names: Set<NodeName> { get }

    /// Begins; call once, before all else.
    func start(_ listener: any ChatClusterListener)

    /// Has the listener told of everything that happens at a place, from the completion on.
    ///
    /// The completion is called once, on any thread, within some seconds; after a failure the place is to be followed anew.
    func follow(_ place: ClusterPlace, completion: @escaping @Sendable (Result<Void, StoreError>) -> Void)

    /// What happens at a place is no longer of interest.
    func unfollow(_ place: ClusterPlace)

    /// A user's first socket on this node has come to a place.
    ///
    /// Told as soon as the others can be reached.
    func enter(_ user: ChatUser, _ place: ClusterPlace)

    /// A user's last socket on this node has gone from a place.
    ///
    /// Told as soon as the others can be reached.
    func exit(_ user: ChatUser, _ place: ClusterPlace)

    /// Who is at a place, on all nodes.
    func roster(of place: ClusterPlace, completion: @escaping @Sendable (Result<RosterSnapshot, StoreError>) -> Void)

    /// Takes away what this node has announced, and ends.
    func close(completion: @escaping @Sendable () -> Void)
}

/// Is told what happens at the places that are followed, for each place in order, on any thread.
package protocol ChatClusterListener: AnyObject, Sendable {
    /// A message was stored in a room.
    func stored(_ message: StoredMessage)
    /// Somebody has come or gone.
    func changed(_ change: RosterChange, at place: ClusterPlace)
    /// Messages and changes may have been missed.
    func doubted(_ place: ClusterPlace)
    /// This node is called something else; all names so far.
    func renamed(_ names: Set<NodeName>)
}
