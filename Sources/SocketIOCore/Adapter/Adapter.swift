// Licensed under the MIT licence.

/// Carries what concerns more than one socket to wherever the sockets are; one for each namespace.
///
/// Every call may be made from anywhere and returns at once. Calls act on this process's sockets whatever becomes of other
/// processes, and on those of other processes unless the target is local.
///
/// - **Ordering**: two calls that were made on one shard reach every socket in that order.
/// - **Delivery**: at most once. What another process is sent while it cannot be reached is lost to it.
/// - **Completions** are called exactly once, on ``LocalSockets/home``, at the latest when the time they were given is up.
public protocol Adapter: Sendable {
    /// Sends an event to every socket that matches.
    func broadcast(_ event: BroadcastEvent, to target: BroadcastTarget)

    /// Sends an event to every socket that matches, asks each for an acknowledgement and gathers them.
    ///
    /// - Parameters:
    ///   - event: What to send; its packet without an acknowledgement number is not used.
    ///   - target: Whom to ask.
    ///   - timeout: How long to wait.
    ///   - completion: Gets the answers that came in time, and the number of sockets without one.
    func broadcast(
        _ event: BroadcastEvent,
        to target: BroadcastTarget,
        answersWithin timeout: Duration,
        completion: @escaping @Sendable (BroadcastAnswers) -> Void
    )

    /// Makes every socket that matches a member of rooms.
    func join(_ rooms: [Room], _ target: BroadcastTarget)

    /// Ends the membership of every socket that matches in rooms.
    func leave(_ rooms: [Room], _ target: BroadcastTarget)

    /// Puts every socket that matches out of the namespace, and ends its whole connection if `closing`.
    func disconnect(_ target: BroadcastTarget, closing: Bool)

    /// Describes every socket that matches.
    ///
    /// Fails with ``ClusterError/missingAnswers(from:)`` when a process that is alive did not answer in time.
    func fetchSockets(
        _ target: BroadcastTarget,
        completion: @escaping @Sendable (Result<[SocketDescription], ClusterError>) -> Void
    )

    /// Sends an event to the servers of all other processes.
    func serverSideEmit(_ event: ServerSideMessage)

    /// Sends an event to the servers of all other processes and gathers their answers, one each.
    ///
    /// Fails with ``ClusterError/missingAnswers(from:)`` when a process that is alive did not answer within `timeout`.
    func serverSideEmit(
        _ event: ServerSideMessage,
        answersWithin timeout: Duration,
        completion: @escaping @Sendable (Result<[AckReply], ClusterError>) -> Void
    )

    /// The namespace is gone.
    ///
    /// The last call.
    func close()
}

extension Adapter {
    /// Does nothing.
    public func close() {}
}

/// Makes the adapter of a namespace.
public typealias AdapterFactory = @Sendable (_ namespace: String, _ local: any LocalSockets) -> any Adapter

/// Why a call to the cluster has no full answer.
public enum ClusterError: Error, Sendable, Hashable {
    /// So many processes that were alive have not answered in time.
    case missingAnswers(from: Int)
}
