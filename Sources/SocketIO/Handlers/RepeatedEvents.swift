// Licensed under the MIT licence.

import EngineIOCore
import SocketIOCore
import Synchronization

/// Tells the repeats of events from their first, over all connections of a namespace.
///
/// A lock, since a client may come back on another shard; taken once for each event with a key, and only where keys are used.
final class RepeatedEvents: Sendable {
    /// Longer ones are none: they come from clients.
    private static let maximumKeyBytes = 1_024

    private let key: @Sendable (Socket, Event) -> String?
    private let ledger: Mutex<IdempotencyLedger<Acknowledgement>>

    init(window: IdempotencyWindow, key: @escaping @Sendable (Socket, Event) -> String?) {
        self.key = key
        self.ledger = Mutex(IdempotencyLedger(window: window))
    }

    /// Whether an event is to be handled; a repeat gets its answer here, sooner or later.
    func isFirst(_ event: Event, of socket: Socket) -> Bool {
        // Without an acknowledgement there is nothing that could be late.
        guard let acknowledgement = event.acknowledgement, let key = self.key(socket, event),
            key.utf8.count <= Self.maximumKeyBytes
        else { return true }
        switch self.ledger.withLock({ $0.received(key, waiter: acknowledgement, now: socket.shard.now) }) {
        case .handle(let serial):
            acknowledgement.observe { answer in
                if let answer {
                    self.answered(key, serial, answer)
                } else {
                    // What is let go of here may call back, so not under the lock.
                    _ = self.ledger.withLock { $0.abandoned(key, serial) }
                }
            }
            return true
        case .wait:
            return false
        case .answer(let answer):
            acknowledgement.send(raw: answer.rawArguments, attachments: answer.attachments)
            return false
        }
    }

    private func answered(_ key: String, _ serial: UInt64, _ answer: AckReply) {
        let waiters = self.ledger.withLock { $0.answered(key, serial, with: answer) }
        for waiter in waiters { waiter.send(raw: answer.rawArguments, attachments: answer.attachments) }
    }
}
