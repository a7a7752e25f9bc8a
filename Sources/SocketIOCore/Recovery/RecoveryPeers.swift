// Licensed under the MIT licence.

package import NIOCore

/// The other logs that a log shares its sessions with.
///
/// All calls are made on the log's shard, and called back there.
package protocol RecoveryPeers: Sendable {
    /// Takes a session from whichever log has it, be its process alive or not.
    ///
    /// Of several that ask for a session at the same time one gets it, and each later one only from that.
    ///
    /// - Parameters:
    ///   - pid: The private id.
    ///   - offset: What the client sent as the offset of the last event it got.
    ///   - name: The log that asks.
    ///   - whenDone: Called exactly once, within a bounded time; `nil` if there is none, or it cannot be told what it missed.
    func take(
        _ pid: PrivateSessionID,
        after offset: String?,
        for name: LogName,
        whenDone: @escaping @Sendable (MovedSession?) -> Void
    )

    /// A session that was taken has ended for good.
    func ended(_ pid: PrivateSessionID, in name: LogName)

    /// There are sessions that were taken of these logs: where they are must be known for longer.
    func keep(_ homes: Set<LogName>)
}

/// A journal that other processes read once its own is gone.
///
/// Its name changes, before the answer, when a batch is refused because others have done so already: what was in it is theirs.
package protocol SharedRecoveryJournal: RecoveryJournal {
    /// What its log is called.
    var name: LogName { get }

    /// Notes numbers of events that rooms were sent; they replace earlier ones.
    func note(_ numbers: [Room: Int])

    /// Nothing need be known of these rooms.
    func forget(_ rooms: [Room])

    /// All numbers up to this point of the log are noted; with `nil` some may be missing from now on.
    func numbersAreNoted(at offset: RecoveryOffset?)
}

/// Takes a session in that comes from another log.
package struct SessionWelcome: Sendable {
    /// The session.
    package let session: MovedSession
    private let add: @Sendable (RecoverableEvent) -> Bool
    private let join: @Sendable (Room) -> Void

    init(
        session: MovedSession,
        add: @escaping @Sendable (RecoverableEvent) -> Bool,
        join: @escaping @Sendable (Room) -> Void
    ) {
        self.session = session
        self.add = add
        self.join = join
    }

    /// Gives the session an event that it missed, behind all others so far.
    ///
    /// Call on the log's shard.
    ///
    /// - Parameters:
    ///   - name: The event.
    ///   - arguments: JSON values joined by commas.
    ///   - attachments: What the arguments' placeholders stand for.
    /// - Returns: Whether there was room; if not, the session cannot be restored.
    package func give(_ name: String, arguments: ByteBuffer, attachments: [ByteBuffer] = []) -> Bool {
        self.add(
            RecoverableEvent(
                name: name,
                arguments: arguments,
                attachments: attachments,
                target: BroadcastTarget(rooms: [.direct(to: self.session.sid)])
            )
        )
    }

    /// From here on the session gets what the room gets.
    ///
    /// Call on the log's shard.
    package func joined(_ room: Room) { self.join(room) }
}
