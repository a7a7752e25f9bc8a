// Licensed under the MIT licence.

import Chat
import NIOCore
import RedisNIO
import Synchronization

/// Shows messages to all nodes once replicas have them: for all of a room that are confirmed together, by one script.
///
/// Nobody is given a message, be it by the channel or by reading, before replicas have it. If members could see a `seq` that a
/// failover takes back, it would be given to another message, which they would pass over.
final class RevealedRooms: Sendable {
    typealias Completion = @Sendable (Result<Void, StoreError>) -> Void

    private struct State {
        /// Who waits for how far each room is to be shown.
        var rooms: [RoomID: [(seq: Int, completion: Completion)]] = [:]
        var isScheduled = false
        /// Rooms that are asked about, and who waits for the answer.
        var confirming: [RoomID: [@Sendable (Result<Int, StoreError>) -> Void]] = [:]
    }

    private static let revealScript = RedisScript(embedded: PackageResources.reveal_lua)
    private static let confirmScript = RedisScript(embedded: PackageResources.confirm_lua)

    /// Answers once replicas have what it was asked to write.
    let confirming: RedisClient
    private let client: RedisClient
    private let keys: RedisKeys
    private let publishing: RedisCommand.Argument
    private let state = Mutex(State())

    init(_ client: RedisClient, confirming: RedisClient, keys: RedisKeys, publishing: RedisCommand.Argument) {
        self.client = client
        self.confirming = confirming
        self.keys = keys
        self.publishing = publishing
    }

    /// Replicas have a room's messages up to this one.
    ///
    /// The completion comes once all nodes can see them. A failure is always of unknown outcome, as they are stored.
    func show(_ room: RoomID, upTo seq: Int, completion: @escaping Completion) {
        let isFirst = self.state.withLock { state in
            state.rooms[room, default: []].append((seq, completion))
            defer { state.isScheduled = true }
            return !state.isScheduled
        }
        // What is confirmed together comes in one turn of the loop.
        if isFirst { self.confirming.eventLoop.execute { self.showAll() } }
    }

    private func showAll() {
        let rooms = self.state.withLock { state in
            defer { state.rooms = [:] }
            state.isScheduled = false
            return state.rooms
        }
        for (room, waiting) in rooms {
            let last = waiting.map(\.seq).max() ?? 0
            let command = RedisCommand(
                Self.revealScript,
                keys: [self.keys.log(room), self.keys.state(room)],
                arguments: [.number(last), self.publishing, .text(self.keys.channel(room))]
            )
            self.client.send(command) { result in
                let shown = result.map { $0.number ?? 0 }.mapError { StoreError(.unknown, reason: $0.description) }
                for (seq, completion) in waiting {
                    completion(
                        shown.flatMap { shown in
                            // Another server has taken over since, and does not have it.
                            shown >= seq
                                ? .success(()) : .failure(StoreError(.unknown, reason: "a failover has lost it"))
                        }
                    )
                }
            }
        }
    }

    /// Has replicas take, and all nodes see, whatever is stored in a room; for who found that more is stored than shown.
    ///
    /// That is what somebody is just storing, what a node left behind that has died, or, after a failover, what was shown before. Those
    /// who ask at the same time share the answer: how far the room is.
    func confirm(_ room: RoomID, completion: @escaping @Sendable (Result<Int, StoreError>) -> Void) {
        let isFirst = self.state.withLock { state in
            defer { state.confirming[room, default: []].append(completion) }
            return state.confirming[room] == nil
        }
        guard isFirst else { return }
        self.confirming.send(RedisCommand(Self.confirmScript, keys: [self.keys.state(room)])) { result in
            switch result.map(\.number) {
            case .success(let seq?):
                self.show(room, upTo: seq) { self.finishConfirming(room, $0.map { seq }) }
            case .success(nil):
                let error = StoreError(.unknown, reason: "Redis answered what is not ours")
                self.finishConfirming(room, .failure(error))
            case .failure(let error):
                self.finishConfirming(room, .failure(StoreError(error)))
            }
        }
    }

    private func finishConfirming(_ room: RoomID, _ result: Result<Int, StoreError>) {
        let waiting = self.state.withLock { $0.confirming.removeValue(forKey: room) ?? [] }
        for completion in waiting { completion(result) }
    }
}
