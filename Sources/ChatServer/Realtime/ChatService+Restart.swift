// Licensed under the MIT licence.

import Chat
import EngineIO
import EngineIOCore
import NIOCore
import SocketIO
import SocketIOCore
import WireJSON

// Clients that may come back to a server that was started anew.
extension ChatService {
    /// Opens the rooms of all clients that may come back, each where its members were when the server ended.
    ///
    /// To be awaited before the server takes connections and messages: whatever those cause comes behind it.
    func expectClients() async {
        let rooms = await withCheckedContinuation { continuation in
            self.namespace.withLastingRecoveryLog { continuation.resume(returning: ExpectedRoom.all(in: $0)) }
        }
        for expected in rooms {
            let home = self.home(of: expected.room)
            await withCheckedContinuation { continuation in
                home.shard.run {
                    home.expect(expected)
                    continuation.resume()
                }
            }
        }
    }
}

/// A room that clients may come back to after a restart.
struct ExpectedRoom: Sendable {
    let room: RoomID
    /// The last `seq` that its members were sent, if the log still has it.
    let lastSent: Int?
    /// Members were sent, or the log would know, whatever was stored up to this time of day, in milliseconds since 1970.
    let sentThrough: Int64

    /// All there are.
    static func all(in log: (any RecoveryLog)?) -> [ExpectedRoom] {
        guard let log = log as? JournaledRecoveryLog, let since = log.completeSince else { return [] }
        let sentThrough = WallClock.milliseconds - (NIODeadline.now() - since).nanoseconds / 1_000_000
        let lastMessages = log.lastEvents(named: ServerEvent.message.rawValue)
        return log.awaitedRooms.compactMap { room in
            guard let id = room.chatRoom else { return nil }
            let message = lastMessages[room].flatMap { try? JSONValue(validating: $0.arguments) }
            return ExpectedRoom(room: id, lastSent: message?.member("seq")?.intValue, sentThrough: sentThrough)
        }
    }
}

extension ChatShard {
    /// Opens a room for those who may come back.
    func expect(_ expected: ExpectedRoom) {
        let deadline = self.shard.now + self.recoveryWindow
        self.expected[expected.room] = (expected, deadline)
        self.perform(self.hub.expect(expected.room, until: deadline))
        self.scheduleRoomExpiryIfNeeded()
    }

    /// Asks the store how far a room is, and how far its members are if they may come back after a restart.
    func open(_ opening: RoomOpening) {
        guard let (expected, deadline) = self.expected[opening.room], self.shard.now < deadline else {
            // Nobody can come back any more, so what is there is history.
            self.expected[opening.room] = nil
            return self.open(opening, delivered: nil)
        }
        if let lastSent = expected.lastSent { return self.open(opening, delivered: lastSent) }
        // No message is so fresh that the log would have it. What is stored and younger than the log has been sent to nobody.
        let query = HistoryQuery(limit: self.limits.replayPageMessages)
        self.store.messages(in: opening.room, query, now: self.timestamp()) { result in
            self.shard.run {
                switch result {
                case .success(let page):
                    let isUnsent = { (stored: StoredMessage) in
                        stored.message.timestamp.milliseconds > expected.sentThrough
                    }
                    self.open(opening, delivered: page.messages.first(where: isUnsent).map { $0.seq - 1 })
                case .failure(let error):
                    self.opened(opening, .failure(error), delivered: nil)
                }
            }
        }
    }

    private func open(_ opening: RoomOpening, delivered: Int?) {
        self.store.lastSequence(of: opening.room) { result in
            self.shard.run { self.opened(opening, result, delivered: delivered) }
        }
    }

    func opened(_ opening: RoomOpening, _ result: Result<Int, StoreError>, delivered: Int?) {
        if case .success = result { self.expected[opening.room] = nil }
        let actions = self.hub.opened(opening, result, delivered: delivered)
        if case .success = result { self.noteOpen(opening.room) }
        self.perform(actions)
        self.scheduleRetryIfNeeded()
    }

    /// Tells the recovery log from where on members are given the room's messages, for when they come back at another node.
    private func noteOpen(_ room: RoomID) {
        guard self.cluster != nil else { return }
        let number = self.hub.timelines.floor(of: room)
        self.namespace.withLastingRecoveryLog { ($0 as? SharedRecoveryLog)?.opened(.init(room), number: number) }
    }

    /// Nobody is in a room here any more, or will come back to it.
    func noteClosed(_ room: RoomID) {
        guard self.cluster != nil else { return }
        self.namespace.withLastingRecoveryLog { ($0 as? SharedRecoveryLog)?.closed(.init(room)) }
    }
}
