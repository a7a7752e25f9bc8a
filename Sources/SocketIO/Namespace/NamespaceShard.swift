// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import SocketIOCore

/// A namespace as far as it lives on one shard: its sockets there, and the rooms they are in.
///
/// `@unchecked Sendable`: every `var` is touched on the shard only.
final class NamespaceShard: @unchecked Sendable {
    let shard: any EngineShard
    var handlers: HandlerTable
    var observers: RoomObservers?
    private var tally: RoomTally?
    var census: ConnectionCensus?
    /// How many receivers broadcasts had here.
    private(set) var fanOut = FanOut()
    /// How many sockets of this shard have listeners of their own for what goes out.
    var outgoingListenerCount = 0
    private var kinds = SocketKinds()
    private(set) var rooms = RoomIndex()
    private var socketsBySlot: [Socket?] = []
    /// By the room that a socket's id is; no entry of the room index is spent on it.
    private var socketsByID: [Room: Socket] = [:]
    private var selected: [ConnectionSlot] = []
    private let shardCount: Int
    private var askedCount: UInt64 = 0

    init(
        shard: any EngineShard,
        shardCount: Int,
        handlers: HandlerTable,
        observers: RoomObservers?,
        census: ConnectionCensus?
    ) {
        self.shard = shard
        self.shardCount = shardCount
        self.handlers = handlers
        self.observers = observers
        self.census = census
    }

    /// Asks the shard for something; from anywhere.
    func read<Value: Sendable>(_ body: @escaping @Sendable (NamespaceShard) -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            self.shard.run { continuation.resume(returning: body(self)) }
        }
    }

    // MARK: Sockets

    func add(_ socket: Socket) {
        let index = Int(socket.slot)
        while self.socketsBySlot.count <= index { self.socketsBySlot.append(nil) }
        self.socketsBySlot[index] = socket
        self.socketsByID[Room(socket.id)] = socket
        _ = self.rooms.add(socket.slot)
        self.kinds.added(socket.slot, isPlain: socket.isPlain)
    }

    func remove(_ socket: Socket) {
        guard self.contains(socket) else { return }
        if self.observers != nil || self.tally != nil {
            for room in self.rooms(of: socket) { self.leave(socket, room) }
        }
        self.socketsBySlot[Int(socket.slot)] = nil
        if self.socketsByID[Room(socket.id)] === socket { self.socketsByID[Room(socket.id)] = nil }
        _ = self.rooms.remove(socket.slot)
        self.kinds.removed(socket.slot)
    }

    /// Whether the socket is still a member; nothing may be done for it otherwise.
    func contains(_ socket: Socket) -> Bool {
        let index = Int(socket.slot)
        return self.socketsBySlot.indices.contains(index) && self.socketsBySlot[index] === socket
    }

    /// The matching sockets.
    func sockets(matching target: BroadcastTarget) -> [Socket] {
        self.select(target)
        return self.selected.compactMap { self.socketsBySlot[Int($0)] }
    }

    // MARK: Rooms

    /// Makes a socket a member of a room; returns whether it was none.
    @discardableResult
    func join(_ socket: Socket, _ room: Room) -> Bool {
        guard self.contains(socket) else { return false }
        switch self.rooms.join(socket.slot, room) {
        case .created:
            self.tally?.changed(room, isOccupied: true)
            self.observers?.joined(room, socket, isFirstOnShard: true)
        case .joined: self.observers?.joined(room, socket, isFirstOnShard: false)
        case .alreadyMember, .absent: return false
        }
        return true
    }

    /// Ends a socket's membership in a room; returns whether it was a member.
    @discardableResult
    func leave(_ socket: Socket, _ room: Room) -> Bool {
        guard self.contains(socket) else { return false }
        switch self.rooms.leave(socket.slot, room) {
        case .emptied:
            self.tally?.changed(room, isOccupied: false)
            self.observers?.left(room, socket, isLastOnShard: true)
        case .left: self.observers?.left(room, socket, isLastOnShard: false)
        case .notMember: return false
        }
        return true
    }

    /// Tells from now on which rooms have members here; first of those that do.
    func watchRooms(_ tally: RoomTally?) {
        self.tally = tally
        guard let tally else { return }
        for room in self.rooms.rooms { tally.changed(room, isOccupied: true) }
    }

    /// The rooms of a socket; none once it has left, though another may have its slot by then.
    func rooms(of socket: Socket) -> [Room] {
        self.contains(socket) ? self.rooms.rooms(of: socket.slot) : []
    }

    // MARK: Broadcasts

    /// Sends an event to the matching sockets of this shard, all of which get the same packet.
    func deliver(_ event: BroadcastEvent, _ message: EngineMessage, to target: BroadcastTarget) {
        // Listeners may change the rooms that are being walked over, so with them the receivers are selected first.
        guard self.hasOutgoingListeners else { return self.deliver(message, to: target) }
        let sockets = self.noteOutgoing(event, to: target)
        self.send(message, to: sockets, target) { _ in true }
    }

    /// Sends an event to the matching sockets of this shard, in a namespace with recovery.
    func deliver(_ event: BroadcastEvent, _ packets: BroadcastPackets, to target: BroadcastTarget) {
        let plainCount = self.kinds.plainCount
        guard !self.hasOutgoingListeners else {
            let sockets = self.noteOutgoing(event, to: target)
            if packets.areAlike { return self.send(packets.plain, to: sockets, target) { _ in true } }
            self.send(packets.plain, to: sockets, target) { $0.isPlain }
            return self.send(packets.recoverable, to: sockets, target) { !$0.isPlain }
        }
        guard !packets.areAlike, plainCount > 0, plainCount < self.rooms.slotCount else {
            return self.deliver(plainCount > 0 ? packets.plain : packets.recoverable, to: target)
        }
        self.withReceivers(target) { self.kinds.takeApart($0) }
        self.kinds.plain.withUnsafeBufferPointer { self.send(packets.plain, to: $0, target) }
        self.kinds.recoverable.withUnsafeBufferPointer { self.send(packets.recoverable, to: $0, target) }
    }

    /// `message` is asked for only if there are receivers.
    private func deliver(_ message: @autoclosure () -> EngineMessage, to target: BroadcastTarget) {
        self.withReceivers(target) { self.send(message(), to: $0, target) }
    }

    private func withReceivers(_ target: BroadcastTarget, _ body: (UnsafeBufferPointer<ConnectionSlot>) -> Void) {
        if target.rooms.count == 1, target.except.isEmpty, target.exceptSocket == nil {
            let room = target.rooms[0]
            // Others may be in a room that is named like a socket's id, so such a target needs a selection.
            if self.socketsByID[room] == nil { return self.rooms.withMembers(of: room, body) }
        }
        if target.rooms.isEmpty, target.except.isEmpty, target.exceptSocket == nil {
            return self.rooms.withAllMembers(body)
        }
        self.select(target)
        self.selected.withUnsafeBufferPointer(body)
    }

    /// Sends an event to the matching sockets of this shard and asks each for an acknowledgement.
    ///
    /// All are asked with the same packet, under a number that each keeps for it. Returns how many were asked; `answered` is
    /// called once for each of them.
    func ask(
        _ event: BroadcastEvent,
        to target: BroadcastTarget,
        within timeout: Duration,
        answered: @escaping @Sendable (AckReply?) -> Void
    ) -> Int {
        let sockets = self.sockets(matching: target)
        guard !sockets.isEmpty else { return 0 }
        let id = self.nextAckID()
        let message = event.message(ackID: id)
        var asked: [ConnectionSlot] = []
        for socket in sockets {
            if self.hasOutgoingListeners { socket.noteOutgoing(OutgoingEvent(event)) }
            // A listener may have put it out, and it may owe as many answers as it may: then none would ever come.
            guard self.contains(socket), socket.awaitAcknowledgement(id, within: timeout, { answered(try? $0.get()) })
            else {
                answered(nil)
                continue
            }
            asked.append(socket.slot)
        }
        self.census?.sent(message, to: asked.count)
        if !asked.isEmpty { self.fanOut.note(asked.count) }
        asked.withUnsafeBufferPointer { self.shard.send(message, to: $0, isVolatile: target.isVolatile) }
        return sockets.count
    }

    /// The number of the next event that asks for an acknowledgement.
    ///
    /// Of no other in the namespace, so that an answer which comes late, over a client's next connection, meets no other question; and
    /// below 2³¹, which is all that some clients can read.
    func nextAckID() -> UInt64 {
        defer { self.askedCount += 1 }
        return (self.askedCount * UInt64(self.shardCount) + UInt64(self.shard.index)) % (1 << 31)
    }

    /// Whether anybody wants to see what goes out at this moment.
    var hasOutgoingListeners: Bool {
        self.outgoingListenerCount > 0 || !self.handlers.events.outgoing.isEmpty
            || self.handlers.outgoingObservers.contains { $0.isWatching }
    }

    /// Selects the receivers and shows the event to their listeners.
    private func noteOutgoing(_ event: BroadcastEvent, to target: BroadcastTarget) -> [Socket] {
        let sockets = self.sockets(matching: target)
        if self.hasOutgoingListeners {
            let outgoing = OutgoingEvent(event)
            for socket in sockets { socket.noteOutgoing(outgoing) }
        }
        return sockets
    }

    /// Sends to those of the sockets that are of a kind.
    private func send(
        _ message: @autoclosure () -> EngineMessage,
        to sockets: [Socket],
        _ target: BroadcastTarget,
        where isMeant: (Socket) -> Bool
    ) {
        // A listener may have put sockets out.
        let slots = sockets.filter { isMeant($0) && self.contains($0) }.map(\.slot)
        slots.withUnsafeBufferPointer { self.send(message(), to: $0, target) }
    }

    private func send(
        _ message: @autoclosure () -> EngineMessage,
        to slots: UnsafeBufferPointer<ConnectionSlot>,
        _ target: BroadcastTarget
    ) {
        guard !slots.isEmpty else { return }
        let message = message()
        self.fanOut.note(slots.count)
        self.census?.sent(message, to: slots.count)
        self.shard.send(message, to: slots, isVolatile: target.isVolatile)
    }

    private func select(_ target: BroadcastTarget) {
        let exceptSlot = target.exceptSocket.flatMap { self.socketsByID[Room($0)]?.slot }
        self.rooms.members(of: target.rooms, except: target.except, exceptSlot: exceptSlot, into: &self.selected)
        for room in target.except {
            guard let socket = self.socketsByID[room] else { continue }
            self.selected.removeAll { $0 == socket.slot }
        }
        for room in target.rooms {
            guard let socket = self.socketsByID[room], socket.slot != exceptSlot else { continue }
            let isExcepted = target.except.contains { $0 == room || self.rooms.contains(socket.slot, in: $0) }
            if !isExcepted, !self.selected.contains(socket.slot) { self.selected.append(socket.slot) }
        }
    }
}
