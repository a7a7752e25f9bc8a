// Licensed under the MIT licence.

public import EngineIOCore

/// A namespace's sockets in this process, as an adapter sees them.
///
/// Every call may be made from anywhere and returns at once; all callbacks come on ``home``, where an adapter therefore may keep
/// its state without a lock.
public protocol LocalSockets: Sendable {
    /// The shard on which callbacks are called.
    var home: any EngineShard { get }

    /// How packets for clients are written.
    var parser: Parser { get }

    /// Sends an event to the matching sockets.
    func deliver(_ event: BroadcastEvent, to target: BroadcastTarget)

    /// Sends an event to the matching sockets and asks each for an acknowledgement.
    ///
    /// - Parameters:
    ///   - event: What to send.
    ///   - target: Whom to ask.
    ///   - timeout: How long to wait for each answer.
    ///   - asked: Called once, with the number of sockets that were asked; some may have answered by then.
    ///   - answered: Called once for each socket that was asked, with nothing when no answer will come.
    func deliver(
        _ event: BroadcastEvent,
        to target: BroadcastTarget,
        answersWithin timeout: Duration,
        asked: @escaping @Sendable (Int) -> Void,
        answered: @escaping @Sendable (AckReply?) -> Void
    )

    /// Makes the matching sockets members of rooms.
    func join(_ rooms: [Room], _ target: BroadcastTarget)

    /// Ends the membership of the matching sockets in rooms.
    func leave(_ rooms: [Room], _ target: BroadcastTarget)

    /// Puts the matching sockets out of the namespace, and ends their whole connection if `closing`.
    func disconnect(_ target: BroadcastTarget, closing: Bool)

    /// Describes the matching sockets.
    func describe(_ target: BroadcastTarget, completion: @escaping @Sendable ([SocketDescription]) -> Void)

    /// Tells which rooms have members, those that single sockets' ids are not among them; one watcher at a time.
    ///
    /// `changed` is called on ``home``, for each room that has members and then whenever one gets its first or loses its last. When a
    /// room changes on several shards at once it may be told more than once that nothing has changed, but the last word is right.
    func watchRooms(_ changed: (@Sendable (Room, _ isOccupied: Bool) -> Void)?)

    /// The server of another process has sent an event.
    ///
    /// `answer` takes the first answer and ignores others; nothing when the sender does not wait for one.
    func serverSideEventReceived(_ event: ServerSideMessage, answer: (@Sendable (AckReply) -> Void)?)
}
