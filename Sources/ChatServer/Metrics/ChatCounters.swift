// Licensed under the MIT licence.

import Chat

/// What the chat has done on one shard since the start.
struct ChatCounts: Equatable, Sendable {
    /// Events that came, those that were refused included.
    var events: [ClientEvent: Int] = [:]
    /// Events that the contract does not have.
    var unknownEvents = 0
    /// Events that were refused, by code.
    var refusals: [ChatErrorCode: Int] = [:]
    /// Messages that were stored, also those that came by HTTP.
    var messagesStored = 0
    /// Messages that had been stored before, by their `client_id`.
    var messagesRepeated = 0
    /// Messages given to rooms on this node, each once however many are in the room.
    var messagesDelivered = 0
}

/// Counts them; confined to its shard.
final class ChatCounters {
    private(set) var counts = ChatCounts()

    func received(_ event: ClientEvent) { self.counts.events[event, default: 0] += 1 }
    func receivedUnknown() { self.counts.unknownEvents += 1 }
    func refused(_ code: ChatErrorCode) { self.counts.refusals[code, default: 0] += 1 }
    func delivered() { self.counts.messagesDelivered += 1 }

    func appended(_ outcome: AppendOutcome) {
        switch outcome {
        case .stored: self.counts.messagesStored += 1
        case .repeated: self.counts.messagesRepeated += 1
        }
    }
}
