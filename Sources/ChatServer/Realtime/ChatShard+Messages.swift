// Licensed under the MIT licence.

import Chat
import EngineIOCore
import NIOCore
import SocketIO
import SocketIOCore

// Messages at the home of their room: stored first, delivered and acknowledged then.
extension ChatShard {
    typealias Receipt = Result<MessageReceipt, ChatError>

    /// Stores a message, gives it to the room, and tells its sender.
    func accept(_ request: MessageRequest, from user: ChatUser, whenDone: @escaping @Sendable (Receipt) -> Void) {
        let message = ChatMessage(request, id: self.nextMessageID(), timestamp: self.timestamp(), sender: user)
        let room = request.room
        self.store.append(message, floor: self.hub.timelines.floor(of: room)) { result in
            self.shard.run {
                switch result {
                case .success(let outcome):
                    self.counters.appended(outcome)
                    self.carryOut(self.hub.timelines.appended(outcome, to: room))
                    whenDone(.success(outcome.receipt))
                case .failure(let error):
                    self.carryOut(self.hub.timelines.appendFailed(error, to: room))
                    whenDone(.failure(.unavailable))
                }
            }
        }
    }

    func carryOut(_ delivery: RoomDelivery) {
        switch delivery {
        case .deliver(let message): self.deliver(message)
        case .nothing: break
        case .read(let reading): self.read(reading)
        }
    }

    /// Gives a message to everybody in its room here; each node gives it to its own.
    func deliver(_ message: StoredMessage) {
        self.counters.delivered()
        self.namespace.local.to(.init(message.message.room)).emit(
            raw: ServerEvent.message.rawValue,
            arguments: message.encoded,
            attachments: message.message.body.attachments
        )
    }

    func read(_ reading: RoomReading) {
        self.store.messages(in: reading.room, reading.query, now: self.timestamp()) { result in
            self.shard.run {
                self.perform(self.hub.read(reading, result))
                self.scheduleRetryIfNeeded()
            }
        }
    }

    /// A page of history for whoever may read it.
    func history(
        of room: RoomID,
        _ query: HistoryQuery,
        maximumAttachments: Int,
        whenRead: @escaping @Sendable (Result<EncodedPage, ChatError>) -> Void
    ) {
        self.store.messages(in: room, query, now: self.timestamp()) { result in
            self.shard.run {
                whenRead(
                    result
                        .map { EncodedPage($0, query: query, maximumAttachments: maximumAttachments) }
                        .mapError { _ in ChatError.unavailable }
                )
            }
        }
    }
}
