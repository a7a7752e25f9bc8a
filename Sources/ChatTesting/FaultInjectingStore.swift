// Licensed under the MIT licence.

package import Chat
import SocketIOTesting
import Synchronization

/// A store around another one that is slow and fails, as a seed or a script says.
///
/// Every call waits until ``step()`` gets round to it, once to be carried out and once more to be answered. In between
/// anything may happen that ``MessageStore`` allows: the calls of different rooms and users overtake each other, and so do
/// reads and failures of one; a read of messages sees appends that were called after it, or misses those that were called
/// before it and are not yet complete; what was stored is answered with a failure. What is never done is what no store may do:
/// the changes of one room or user are carried out, and succeed, in the order of the calls, and what is kept of a user is read
/// behind them.
///
/// With a store behind it that answers at once, and one thread that makes all calls, a seed brings the same run again. Calls
/// may be made from anywhere, but one caller at a time steps; completions come on its thread.
package final class FaultInjectingStore: MessageStore {
    private let inner: any MessageStore
    private let state: Mutex<HeldCalls>

    /// Makes a store whose pace and faults a seed decides.
    ///
    /// - Parameters:
    ///   - inner: Where things are kept.
    ///   - seed: Decides in which order calls are carried out and answered, and with `odds`, which of them fail.
    ///   - odds: How often calls fail; at first not at all.
    package init(_ inner: any MessageStore, seed: UInt64, odds: StoreFault.Odds = .init()) {
        self.inner = inner
        self.state = Mutex(HeldCalls(generator: SeededGenerator(seed: seed), odds: odds, script: []))
    }

    /// Makes a store that does what a script says.
    ///
    /// - Parameters:
    ///   - inner: Where things are kept.
    ///   - script: What becomes of the first call, the second, and so on; later ones succeed. Calls are carried out and
    ///     answered in the order of ``init(_:seed:odds:)`` with seed 0.
    package convenience init(_ inner: any MessageStore, script: [StoreFault?]) {
        self.init(inner, seed: 0)
        self.state.withLock { $0.script = script[...] }
    }

    /// How often calls fail that are made from now on.
    package var odds: StoreFault.Odds {
        get { self.state.withLock { $0.odds } }
        set { self.state.withLock { $0.odds = newValue } }
    }

    /// Whether no call waits.
    package var isIdle: Bool { self.state.withLock { $0.isEmpty } }

    /// How many calls have failed so far.
    package var faultCount: Int { self.state.withLock { $0.faultCount } }

    /// Carries one call out, or answers one.
    ///
    /// - Returns: Whether there was anything to do; if not, all that waits, waits for the store behind.
    @discardableResult
    package func step() -> Bool {
        switch self.state.withLock({ $0.next() }) {
        case nil:
            return false
        case .answer(let answer)?:
            answer()
        case .carryOut(let call, let line)?:
            let number = call.number
            call.body(call.fault) { answer in
                self.state.withLock { $0.carriedOut(number, in: line, answer) }
            }
        }
        return true
    }

    /// Steps until nothing is left to do.
    package func run() {
        while self.step() {}
    }

    /// All that is retained of a room, faults or not.
    ///
    /// - Returns: The messages; empty if the store behind is not one that answers before its calls return.
    package func contents(of room: RoomID) -> [StoredMessage] {
        let contents = Contents()
        let now = Timestamp(milliseconds: 0)
        self.inner.messages(in: room, HistoryQuery(limit: .max), now: now) { result in
            contents.messages.withLock { $0 = (try? result.get().messages) ?? [] }
        }
        return contents.messages.withLock { $0 }
    }

    // MARK: MessageStore

    package func append(
        _ message: ChatMessage,
        floor: Int,
        completion: @escaping @Sendable (Result<AppendOutcome, StoreError>) -> Void
    ) {
        self.hold(.room(message.room), .change, completion) { inner, done in
            inner.append(message, floor: floor, completion: done)
        }
    }

    package func messages(
        in room: RoomID,
        _ query: HistoryQuery,
        now: Timestamp,
        completion: @escaping @Sendable (Result<HistoryPage, StoreError>) -> Void
    ) {
        self.hold(.room(room), .read, completion) { inner, done in
            inner.messages(in: room, query, now: now, completion: done)
        }
    }

    package func lastSequence(
        of room: RoomID,
        completion: @escaping @Sendable (Result<Int, StoreError>) -> Void
    ) {
        self.hold(.room(room), .read, completion) { $0.lastSequence(of: room, completion: $1) }
    }

    package func advance(
        _ cursor: ReadCursor,
        completion: @escaping @Sendable (Result<Bool, StoreError>) -> Void
    ) {
        self.hold(.room(cursor.room), .change, completion) { $0.advance(cursor, completion: $1) }
    }

    package func readCursor(
        of user: UserID,
        in room: RoomID,
        completion: @escaping @Sendable (Result<Int, StoreError>) -> Void
    ) {
        self.hold(.room(room), .strictRead, completion) { $0.readCursor(of: user, in: room, completion: $1) }
    }

    package func arrived(
        _ sighting: LastSeen,
        completion: @escaping @Sendable (Result<Void, StoreError>) -> Void
    ) {
        self.hold(.user(sighting.user.id), .change, completion) { $0.arrived(sighting, completion: $1) }
    }

    package func record(
        _ sighting: LastSeen,
        completion: @escaping @Sendable (Result<Void, StoreError>) -> Void
    ) {
        self.hold(.user(sighting.user.id), .change, completion) { $0.record(sighting, completion: $1) }
    }

    package func lastSeen(
        of user: UserID,
        completion: @escaping @Sendable (Result<LastSeen?, StoreError>) -> Void
    ) {
        self.hold(.user(user), .strictRead, completion) { $0.lastSeen(of: user, completion: $1) }
    }

    package func check(completion: @escaping @Sendable (Result<Void, StoreError>) -> Void) {
        self.inner.check(completion: completion)
    }

    package func close(completion: @escaping @Sendable () -> Void) {
        self.inner.close(completion: completion)
    }

    // MARK: Holding

    private func hold<Value: Sendable>(
        _ line: HeldCalls.Line,
        _ kind: HeldCalls.Kind,
        _ completion: @escaping @Sendable (Result<Value, StoreError>) -> Void,
        _ call: @escaping @Sendable (any MessageStore, @escaping @Sendable (Result<Value, StoreError>) -> Void) -> Void
    ) {
        let inner = self.inner
        self.state.withLock { state in
            state.hold(line, kind) { fault, ready in
                guard fault?.isCarriedOut ?? true else {
                    // Nothing is asked of the store behind.
                    return ready { completion(.failure(fault?.error ?? StoreFault.notDone.error)) }
                }
                call(inner) { result in
                    ready { completion(fault.map { .failure($0.error) } ?? result) }
                }
            }
        }
    }
}

private final class Contents: Sendable {
    let messages = Mutex<[StoredMessage]>([])
}
