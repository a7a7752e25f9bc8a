// Licensed under the MIT licence.

/// Where messages are kept, and what the chat relies on.
///
/// **Who calls.** All calls about one room come from one place at a time, the room's home; calls about one user from the
/// user's home. Different rooms and users are asked about from different threads at once.
///
/// **Completions.** No call blocks. Each calls its completion exactly once, with the outcome or a failure: on the caller's
/// own thread before the call returns (the in-memory store), or later on any thread (everything else); the caller takes
/// care to get back where it belongs. A store that waits for a disk or a network may gather the calls of many rooms and
/// finish them together.
///
/// **Order.** Appends to one room take effect, and succeed, in the order of the calls. A read of messages
/// (``messages(in:_:now:completion:)``, ``lastSequence(of:completion:)``) sees every append to its room that completed before the
/// read was called; it may or may not see later ones, and may complete before or after them. What is kept of a user is
/// stricter: ``readCursor(of:in:completion:)`` and ``lastSeen(of:completion:)`` see every change that was called before them, so
/// nobody has to wait for a change before asking. A failure may overtake what was called earlier.
///
/// **Atomicity.** An append takes effect as a whole: the message, its `seq`, and the memory of its `client_id`. On a store
/// that several nodes share it is atomic among all of them.
///
/// **Durability.** A success means that the message survives whatever the store is there to survive. The in-memory store
/// survives nothing but the room's members.
///
/// **Failure.** Where ``StoreError/outcome`` is `notDone` nothing happened. Where it is `unknown` the message may be stored
/// and may even have a `seq`; a repeat with the same `client_id` is safe either way, and whoever sees a `seq` missing finds
/// it by reading. A failed call says nothing about the next one.
package protocol MessageStore: Sendable {
    /// Stores a message at the end of its room and gives it the next `seq`.
    ///
    /// The first message of a room gets 1, each later one its predecessor's plus 1, also when the room has been left by all
    /// and joined again. If ``ChatMessage/clientID`` is set and the same user gave the same one in the same room within the
    /// client id window (10 minutes), nothing is stored and the first message's receipt is the outcome; the window is
    /// measured between the two messages' timestamps. Where no `seq` is left, which is at 2⁵³ − 1 or before, every other append fails with
    /// `notDone`.
    ///
    /// - Parameters:
    ///   - message: The message; its room need not exist yet.
    ///   - floor: The greatest `seq` that members of the room have been given, or 0. A store that has lost the room's
    ///     past, or forgot it for want of space, must not assign a `seq` that is not greater.
    ///   - completion: See above.
    func append(
        _ message: ChatMessage,
        floor: Int,
        completion: @escaping @Sendable (Result<AppendOutcome, StoreError>) -> Void
    )

    /// Reads retained messages of a room.
    ///
    /// - Parameters:
    ///   - room: The room; unknown ones have no messages.
    ///   - query: Which of them.
    ///   - now: The present, for retention by age.
    ///   - completion: See above.
    func messages(
        in room: RoomID,
        _ query: HistoryQuery,
        now: Timestamp,
        completion: @escaping @Sendable (Result<HistoryPage, StoreError>) -> Void
    )

    /// The `seq` of the room's last message, retained or not; 0 if there has been none.
    func lastSequence(
        of room: RoomID,
        completion: @escaping @Sendable (Result<Int, StoreError>) -> Void
    )

    /// Members of a room have been given messages up to this `seq`; called when the store may have lost some of them.
    ///
    /// A store that several nodes share must give out none that is not greater any more, as with `floor`. Nobody is told whether it
    /// could take note.
    func raise(_ seq: Int, of room: RoomID)

    /// Moves a user's read cursor forward; never back.
    ///
    /// The completion gets true if the cursor moved, false if it was as far or further already.
    func advance(
        _ cursor: ReadCursor,
        completion: @escaping @Sendable (Result<Bool, StoreError>) -> Void
    )

    /// How far a user has read in a room: a `seq`, 0 if nowhere.
    func readCursor(
        of user: UserID,
        in room: RoomID,
        completion: @escaping @Sendable (Result<Int, StoreError>) -> Void
    )

    /// A user has come, and is there until ``record(_:completion:)`` says when they have gone.
    ///
    /// For a store that outlives the process, so that it can tell about when its users were there last if the process ends before
    /// they have gone.
    func arrived(
        _ sighting: LastSeen,
        completion: @escaping @Sendable (Result<Void, StoreError>) -> Void
    )

    /// Remembers when a user was seen; an earlier time than the one remembered changes nothing.
    func record(
        _ sighting: LastSeen,
        completion: @escaping @Sendable (Result<Void, StoreError>) -> Void
    )

    /// When a user was last seen; nil for one never seen, or forgotten.
    func lastSeen(
        of user: UserID,
        completion: @escaping @Sendable (Result<LastSeen?, StoreError>) -> Void
    )

    /// Whether the store can store now: what load balancers are told.
    ///
    /// A store that waits for a disk or a network writes something small, unless it wrote something a moment ago.
    func check(completion: @escaping @Sendable (Result<Void, StoreError>) -> Void)

    /// Finishes what waits and gives back what the store holds.
    ///
    /// Calls after this one fail with `notDone`. The completion comes when everything is over; a second call's too.
    func close(completion: @escaping @Sendable () -> Void)
}

extension MessageStore {
    /// What ends with the process has nobody to tell.
    package func arrived(
        _ sighting: LastSeen,
        completion: @escaping @Sendable (Result<Void, StoreError>) -> Void
    ) { completion(.success(())) }

    /// What one process alone uses learns of it by the next append.
    package func raise(_ seq: Int, of room: RoomID) {}

    /// What cannot fail is always fine.
    package func check(completion: @escaping @Sendable (Result<Void, StoreError>) -> Void) {
        completion(.success(()))
    }

    /// Who holds nothing has nothing to give back.
    package func close(completion: @escaping @Sendable () -> Void) { completion() }
}
