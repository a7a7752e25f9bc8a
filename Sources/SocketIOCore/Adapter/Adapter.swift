// Licensed under the MIT licence.

/// Carries what concerns more than one socket to wherever the sockets are; one for each namespace.
///
/// Made by an ``AdapterFactory``; ``open()`` comes first and ``close()`` last.
/// Every call may be made from anywhere and returns at once. Calls act on this process's sockets whatever becomes of other
/// processes, and on those of other processes unless the target is local.
///
/// - **Ordering**: two calls that were made on one shard reach every socket in that order.
/// - **Delivery**: at most once. What another process is sent while it cannot be reached is lost to it.
/// - **Completions** are called exactly once, on ``LocalSockets/home``, at the latest when the time they were given is up; that of
///   ``whenReachable(_:completion:)`` on any thread, and as late as need be.
public protocol Adapter: Sendable {
    /// The namespace is in use from now on: time to talk to other processes.
    ///
    /// Called before the namespace is handed out. May be called more than once, and by several threads at once; only the first
    /// call matters.
    func open()

    /// Sends an event to every socket that matches.
    func broadcast(_ event: BroadcastEvent, to target: BroadcastTarget)

    /// Sends an event to every socket that matches, asks each for an acknowledgement and gathers them.
    ///
    /// - Parameters:
    ///   - event: What to send.
    ///   - target: Whom to ask.
    ///   - timeout: How long to wait.
    ///   - completion: Gets the answers that came in time, the number of sockets without one, and what is not known.
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
    /// Fails with ``ClusterError/missingAnswers(from:)`` when a process that is alive did not answer in time, and with
    /// ``ClusterError/tooManyRequests``.
    func fetchSockets(
        _ target: BroadcastTarget,
        completion: @escaping @Sendable (Result<[SocketDescription], ClusterError>) -> Void
    )

    /// Sends an event to the servers of all other processes.
    func serverSideEmit(_ event: ServerSideMessage)

    /// Sends an event to the servers of all other processes and gathers their answers, one each.
    ///
    /// Fails with ``ClusterError/missingAnswers(from:)`` when a process that is alive did not answer within `timeout`, and with
    /// ``ClusterError/tooManyRequests``.
    func serverSideEmit(
        _ event: ServerSideMessage,
        answersWithin timeout: Duration,
        completion: @escaping @Sendable (Result<[AckReply], ClusterError>) -> Void
    )

    /// Calls back once what other processes send to a room reaches this one.
    ///
    /// Ask after a socket has joined, on its shard. What was sent to the room alone between the join and the callback may be lost to
    /// this process's members; what was sent to several rooms or to everybody is not.
    ///
    /// - Parameters:
    ///   - room: A room that has members in this process.
    ///   - completion: Gets `false` if that will not be: the room has no members here any more, or the adapter is closed.
    func whenReachable(_ room: Room, completion: @escaping @Sendable (Bool) -> Void)

    /// The namespace is gone.
    ///
    /// May be called more than once. Whoever has kept the namespace may still make other calls, which then may do nothing.
    func close()
}

extension Adapter {
    /// Does nothing.
    public func open() {}

    /// Completes at once: everything arrives anyway.
    public func whenReachable(_ room: Room, completion: @escaping @Sendable (Bool) -> Void) {
        completion(true)
    }

    /// Does nothing.
    public func close() {}
}

/// Makes the adapter of a namespace.
///
/// No lock is held meanwhile, so it may ask the server for other namespaces. When several threads need a namespace at once it may be
/// called for each of them; one adapter is used then, and the others are let go without a call. So it must do nothing
/// that others notice: that belongs into ``Adapter/open()``.
public typealias AdapterFactory = @Sendable (_ namespace: String, _ local: any LocalSockets) -> any Adapter

/// Why a call to the cluster has no full answer.
public enum ClusterError: Error, Sendable, Hashable {
    /// So many processes that were alive have not answered in time.
    case missingAnswers(from: Int)
    /// As many requests wait for answers as may: nobody was asked, and an event was sent without asking for an answer.
    case tooManyRequests
}
