// Licensed under the MIT licence.

import EngineIOCore
import SocketIOCore
import Synchronization

/// Tells the repeats of events from their first, over all connections of a namespace.
///
/// A lock, since a client may come back on another shard; taken once for each event with a key, and only where keys are used.
final class RepeatedEvents: Sendable {
    private let key: @Sendable (Socket, Event) -> String?
    private let ledger: Mutex<IdempotencyLedger<Acknowledgement>>

    init(window: IdempotencyWindow, key: @escaping @Sendable (Socket, Event) -> String?) {
        self.key = key
        self.ledger = Mutex(IdempotencyLedger(window: window))
    }

    /// Whether an event is to be handled; a repeat gets its answer here, sooner or later.
    func isFirst(_ event: Event, of socket: Socket) -> Bool {
        // Without an acknowledgement there is nothing that could be late.
        guard let acknowledgement = event.acknowledgement, let key = self.key(socket, event) else { return true }
        switch self.ledger.withLock({ $0.received(key, waiter: acknowledgement, now: socket.shard.now) }) {
        case .handle:
            acknowledgement.observe { answer in
                if let answer { self.answered(key, answer) } else { self.ledger.withLock { $0.abandoned(key) } }
            }
            return true
        case .wait:
            return false
        case .answer(let answer):
            acknowledgement.send(raw: answer.rawArguments, attachments: answer.attachments)
            return false
        }
    }

    private func answered(_ key: String, _ answer: AckReply) {
        let waiters = self.ledger.withLock { $0.answered(key, with: answer) }
        for waiter in waiters { waiter.send(raw: answer.rawArguments, attachments: answer.attachments) }
    }
}
