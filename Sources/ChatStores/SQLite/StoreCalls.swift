// Licensed under the MIT licence.

import Chat

/// A call that the writer carries out, and whom to tell.
enum WriteCall: Sendable {
    typealias Completion<Value> = @Sendable (Result<Value, StoreError>) -> Void

    case append(ChatMessage, floor: Int, Completion<AppendOutcome>)
    case advance(ReadCursor, Completion<Bool>)
    case record(LastSeen, Completion<Void>)
    /// Somebody has come.
    case arrive(LastSeen, Completion<Void>)
    case restore([StoredMessage], Completion<Int>)
    /// Writes something small, to see whether that can be done.
    case check(Completion<Void>)
    /// Bounds the database's size from now on.
    case limit(pages: Int, Completion<Void>)
    /// A read that must see what was called before it; given to the readers once that has ended.
    case read(ReadCall)

    /// About how many bytes are held because the call waits.
    var byteCount: Int {
        switch self {
        case .append(let message, _, _): Self.byteCount(of: message)
        case .restore(let messages, _): messages.reduce(0) { $0 + Self.byteCount(of: $1.message) }
        case .advance, .record, .arrive, .check, .limit, .read: 200
        }
    }

    private static func byteCount(of message: ChatMessage) -> Int { message.body.byteCount + 500 }

    /// Tells whoever called that it was not done, or may have been.
    func fail(_ error: StoreError) {
        switch self {
        case .append(_, _, let completion): completion(.failure(error))
        case .advance(_, let completion): completion(.failure(error))
        case .record(_, let completion), .arrive(_, let completion), .check(let completion), .limit(_, let completion):
            completion(.failure(error))
        case .restore(_, let completion): completion(.failure(error))
        case .read(let call): call.fail(error)
        }
    }
}

/// What became of a call that was carried out; told once it is committed.
enum WriteOutcome {
    case appended(AppendOutcome)
    case moved(Bool)
    case restored(Int)
    case done
    /// It cannot be done, whatever becomes of the others.
    case refused(StoreError)
}

extension WriteCall {
    /// Tells whoever called.
    func succeed(_ outcome: WriteOutcome) {
        switch (self, outcome) {
        case (.append(_, _, let completion), .appended(let outcome)): completion(.success(outcome))
        case (.advance(_, let completion), .moved(let moved)): completion(.success(moved))
        case (.restore(_, let completion), .restored(let count)): completion(.success(count))
        case (.record(_, let completion), .done), (.arrive(_, let completion), .done), (.check(let completion), .done),
            (.limit(_, let completion), .done):
            completion(.success(()))
        case (_, .refused(let error)):
            self.fail(error)
        default:
            assertionFailure("an outcome of another call")
            self.fail(StoreError(.unknown, reason: "the store answered another call"))
        }
    }
}

/// A call that a reader carries out, and whom to tell.
enum ReadCall: Sendable {
    case messages(RoomID, HistoryQuery, now: Timestamp, WriteCall.Completion<HistoryPage>)
    case held(RoomID, ClosedRange<Int>, WriteCall.Completion<[StoredMessage]>)
    /// Retained now, or all if that is nil.
    case sequences(RoomID, ClosedRange<Int>, now: Timestamp?, WriteCall.Completion<RangeSet<Int>>)
    case lastSequence(RoomID, WriteCall.Completion<Int>)
    case readCursor(UserID, RoomID, WriteCall.Completion<Int>)
    case lastSeen(UserID, WriteCall.Completion<LastSeen?>)
    case rooms(after: RoomID?, limit: Int, WriteCall.Completion<[RoomSummary]>)

    /// Tells whoever called that nothing could be read.
    func fail(_ error: StoreError) {
        switch self {
        case .messages(_, _, _, let completion): completion(.failure(error))
        case .held(_, _, let completion): completion(.failure(error))
        case .sequences(_, _, _, let completion): completion(.failure(error))
        case .lastSequence(_, let completion), .readCursor(_, _, let completion): completion(.failure(error))
        case .lastSeen(_, let completion): completion(.failure(error))
        case .rooms(_, _, let completion): completion(.failure(error))
        }
    }
}
