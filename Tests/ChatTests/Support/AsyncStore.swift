// Licensed under the MIT licence.

import Chat

/// A store that answers when it is told to, and fails as it is told to: each call waits in the line of its room until
/// ``step(_:using:)`` takes it. What it knows is kept in arrays that are searched from end to end.
///
/// For one thread at a time, hence no lock.
final class AsyncStore<Answer> {
    enum Call {
        case append(ChatMessage, floor: Int)
        case lastSequence
        case read(HistoryQuery)
    }

    enum Result {
        case appended(Swift.Result<AppendOutcome, StoreError>)
        case lastSequence(Swift.Result<Int, StoreError>)
        case page(Swift.Result<HistoryPage, StoreError>)
    }

    /// How a call may go wrong.
    struct Faults {
        /// Out of 100 calls, how many fail without doing anything.
        var notDone = 0
        /// Out of 100 appends, how many store the message and then fail.
        var unknown = 0
    }

    private(set) var messages: [RoomID: [StoredMessage]] = [:]
    private var lines: [RoomID: [(call: Call, answer: Answer)]] = [:]
    var faults = Faults()

    var isIdle: Bool { self.lines.isEmpty }

    func call(_ room: RoomID, _ call: Call, _ answer: Answer) {
        self.lines[room, default: []].append((call, answer))
    }

    /// Takes the first call of some room's line and says what came of it.
    func step(using generator: inout some RandomNumberGenerator) -> (answer: Answer, result: Result)? {
        guard let room = self.lines.keys.sorted().randomElement(using: &generator), var line = self.lines[room] else {
            return nil
        }
        let (call, answer) = line.removeFirst()
        self.lines[room] = line.isEmpty ? nil : line
        return (answer, self.perform(call, in: room, using: &generator))
    }

    func lastSequence(of room: RoomID) -> Int { self.messages[room]?.last?.seq ?? 0 }

    private func perform(_ call: Call, in room: RoomID, using generator: inout some RandomNumberGenerator) -> Result {
        let isDown = Int.random(in: 0..<100, using: &generator) < self.faults.notDone
        let down = StoreError(.notDone, reason: "down")
        switch call {
        case .append(let message, let floor):
            if isDown { return .appended(.failure(down)) }
            let outcome = self.append(message, floor: floor)
            if Int.random(in: 0..<100, using: &generator) < self.faults.unknown {
                return .appended(.failure(StoreError(.unknown, reason: "the answer was lost")))
            }
            return .appended(.success(outcome))
        case .lastSequence:
            return .lastSequence(isDown ? .failure(down) : .success(self.lastSequence(of: room)))
        case .read(let query):
            return .page(isDown ? .failure(down) : .success(self.page(query, in: room)))
        }
    }

    private func append(_ message: ChatMessage, floor: Int) -> AppendOutcome {
        let first = self.messages[room: message.room].first {
            message.clientID != nil && $0.message.clientID == message.clientID
                && $0.message.sender.id == message.sender.id
        }
        if let first { return .repeated(first.receipt) }
        let stored = StoredMessage(seq: max(self.lastSequence(of: message.room), floor) + 1, message: message)
        self.messages[message.room, default: []].append(stored)
        return .stored(stored)
    }

    private func page(_ query: HistoryQuery, in room: RoomID) -> HistoryPage {
        let found = self.messages[room: room].filter {
            $0.seq > query.after ?? 0 && $0.seq < query.before ?? .max
        }
        let kept = query.isAscending ? found.prefix(query.limit) : found.suffix(query.limit)
        return HistoryPage(messages: Array(kept), hasMore: kept.count < found.count)
    }
}

extension [RoomID: [StoredMessage]] {
    fileprivate subscript(room room: RoomID) -> [StoredMessage] { self[room] ?? [] }
}
