// Licensed under the MIT licence.

import EngineIOCore
import SocketIOCore
import Synchronization

/// A namespace's sockets in this process, for its adapter.
final class LocalNamespaceSockets: LocalSockets {
    let home: any EngineShard
    let parser: Parser
    private let shards: [NamespaceShard]
    private let sequencer: Sequencer?
    private let serverSide = Mutex<[String: @Sendable (ServerSideEvent) async -> Void]>([:])

    /// `home`: where callbacks are called.
    init(shards: [NamespaceShard], home: any EngineShard, parser: Parser, sequencer: Sequencer?) {
        self.shards = shards
        self.home = home
        self.parser = parser
        self.sequencer = sequencer
    }

    func deliver(_ event: BroadcastEvent, to target: BroadcastTarget) {
        guard let sequencer else {
            let message = event.message()
            for part in self.shards { part.shard.run { part.deliver(event, message, to: target) } }
            return
        }
        let item: Sequencer.Item = { offset, current in
            let packets = BroadcastPackets(event, offset, current)
            for part in self.shards { part.shard.run { part.deliver(event, packets, to: target) } }
        }
        if target.isVolatile {
            sequencer.pass(item)
        } else {
            sequencer.pass(RecoverableEvent(event, target), item)
        }
    }

    func deliver(
        _ event: BroadcastEvent,
        to target: BroadcastTarget,
        answersWithin timeout: Duration,
        asked: @escaping @Sendable (Int) -> Void,
        answered: @escaping @Sendable (AckReply?) -> Void
    ) {
        let home = self.home
        self.gather { part in
            part.ask(event, to: target, within: timeout) { reply in home.run { answered(reply) } }
        } completion: { counts in
            asked(counts.reduce(0, +))
        }
    }

    func join(_ rooms: [Room], _ target: BroadcastTarget) {
        self.forEachSocket(target) { socket, position in
            for room in rooms { socket.change(room, isJoin: true, position) }
        }
    }

    func leave(_ rooms: [Room], _ target: BroadcastTarget) {
        self.forEachSocket(target) { socket, position in
            for room in rooms { socket.change(room, isJoin: false, position) }
        }
    }

    func disconnect(_ target: BroadcastTarget, closing: Bool) {
        self.forEachSocket(target) { socket, _ in socket.putOut(closing: closing) }
    }

    func describe(_ target: BroadcastTarget, completion: @escaping @Sendable ([SocketDescription]) -> Void) {
        let home = self.home
        let gathering = Gathering<[SocketDescription]>(count: self.shards.count) { completion($0.flatMap { $0 }) }
        self.inOrder { _ in
            for part in self.shards {
                part.shard.run {
                    part.describe(part.sockets(matching: target)[...]) { descriptions in
                        home.run { gathering.add(descriptions) }
                    }
                }
            }
        }
    }

    func watchRooms(_ changed: (@Sendable (Room, _ isOccupied: Bool) -> Void)?) {
        // Each shard tells in order, so that the count of shards, kept in one place, ends where it should.
        let tally = changed.map { RoomTally(home: self.home, changed: $0) }
        for part in self.shards { part.shard.run { part.watchRooms(tally) } }
    }

    /// Finds the matching sockets.
    func find(_ target: BroadcastTarget, completion: @escaping @Sendable ([Socket]) -> Void) {
        self.gather {
            $0.sockets(matching: target)
        } completion: { sockets in
            completion(sockets.flatMap { $0 })
        }
    }

    func setServerSideHandlers(_ handlers: [String: @Sendable (ServerSideEvent) async -> Void]) {
        self.serverSide.withLock { $0 = handlers }
    }

    func serverSideEventReceived(_ event: ServerSideMessage, answer: (@Sendable (AckReply) -> Void)?) {
        guard let handler = self.serverSide.withLock({ $0[event.name] }) else {
            // Whoever asks counts on an answer from each server, and cannot know which of them know the event.
            answer?(AckReply())
            return
        }
        Task { await handler(ServerSideEvent(event, answer: answer)) }
    }

    private func forEachSocket(
        _ target: BroadcastTarget,
        _ body: @escaping @Sendable (Socket, _ position: UInt64) -> Void
    ) {
        guard let sequencer else {
            for part in self.shards {
                part.shard.run { for socket in part.sockets(matching: target) { body(socket, 0) } }
            }
            return
        }
        let home = self.home
        sequencer.changeMany { position, done in
            let gathering = Gathering<Void>(count: self.shards.count) { _ in done() }
            for part in self.shards {
                part.shard.run {
                    for socket in part.sockets(matching: target) {
                        body(socket, position)
                        socket.checkpoint()
                    }
                    home.run { gathering.add(()) }
                }
            }
        }
    }

    /// In a namespace with recovery, at its place among all that is sent, with the log's position there; at once otherwise.
    private func inOrder(_ job: @escaping @Sendable (_ position: UInt64) -> Void) {
        guard let sequencer else { return job(0) }
        sequencer.pass { _, current in job(current?.position ?? 0) }
    }

    /// Asks every shard, and calls back at home once all have said something.
    private func gather<Value: Sendable>(
        _ body: @escaping @Sendable (NamespaceShard) -> Value,
        completion: @escaping @Sendable ([Value]) -> Void
    ) {
        let gathering = Gathering(count: self.shards.count, completion: completion)
        let home = self.home
        self.inOrder { _ in
            for part in self.shards {
                part.shard.run {
                    let value = body(part)
                    home.run { gathering.add(value) }
                }
            }
        }
    }
}

extension RecoverableEvent {
    init(_ event: BroadcastEvent, _ target: BroadcastTarget) {
        self.init(name: event.name, arguments: event.arguments, attachments: event.attachments, target: target)
    }
}
