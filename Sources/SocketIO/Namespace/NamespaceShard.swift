// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import SocketIOCore

/// A namespace as far as it lives on one shard: its sockets there, and the rooms they are in.
///
/// `@unchecked Sendable`: every `var` is touched on the shard only.
final class NamespaceShard: @unchecked Sendable {
    let shard: any EngineShard
    var handlers = HandlerTable()
    private(set) var rooms = RoomIndex()
    private var socketsBySlot: [Socket?] = []
    /// By the room that a socket's id is; no entry of the room index is spent on it.
    private var socketsByID: [Room: Socket] = [:]
    private var selected: [ConnectionSlot] = []

    init(shard: any EngineShard) {
        self.shard = shard
    }

    func add(_ socket: Socket) {
        let index = Int(socket.slot)
        while self.socketsBySlot.count <= index { self.socketsBySlot.append(nil) }
        self.socketsBySlot[index] = socket
        self.socketsByID[Room(socket.id)] = socket
        _ = self.rooms.add(socket.slot)
    }

    func remove(_ socket: Socket) {
        let index = Int(socket.slot)
        guard self.socketsBySlot.indices.contains(index), self.socketsBySlot[index] === socket else { return }
        self.socketsBySlot[index] = nil
        self.socketsByID[Room(socket.id)] = nil
        _ = self.rooms.remove(socket.slot)
    }

    /// Whether the socket is still a member; nothing may be done for it otherwise.
    func contains(_ socket: Socket) -> Bool {
        let index = Int(socket.slot)
        return self.socketsBySlot.indices.contains(index) && self.socketsBySlot[index] === socket
    }

    func join(_ socket: Socket, _ room: Room) {
        guard self.contains(socket) else { return }
        _ = self.rooms.join(socket.slot, room)
    }

    func leave(_ socket: Socket, _ room: Room) {
        guard self.contains(socket) else { return }
        _ = self.rooms.leave(socket.slot, room)
    }

    /// The rooms of a socket; none once it has left, though another may have its slot by then.
    func rooms(of socket: Socket) -> [Room] {
        self.contains(socket) ? self.rooms.rooms(of: socket.slot) : []
    }

    /// Sends an event to the matching sockets of this shard.
    func deliver(_ event: BroadcastEvent, to target: BroadcastTarget) {
        if target.rooms.count == 1, target.except.isEmpty, target.exceptSocket == nil {
            let room = target.rooms[0]
            // Others may be in a room that is named like a socket's id, so such a target needs a selection.
            if self.socketsByID[room] == nil {
                return self.rooms.withMembers(of: room) { self.send(event, to: $0, target) }
            }
        }
        if target.rooms.isEmpty, target.except.isEmpty, target.exceptSocket == nil {
            return self.rooms.withAllMembers { self.send(event, to: $0, target) }
        }
        self.select(target)
        self.selected.withUnsafeBufferPointer { self.send(event, to: $0, target) }
    }

    private func send(_ event: BroadcastEvent, to slots: UnsafeBufferPointer<ConnectionSlot>, _ target: BroadcastTarget)
    {
        guard !slots.isEmpty else { return }
        self.shard.send(event.message, to: slots, isVolatile: target.isVolatile)
    }

    /// The matching sockets of this shard.
    func sockets(matching target: BroadcastTarget) -> [Socket] {
        self.select(target)
        return self.selected.compactMap { self.socketsBySlot[Int($0)] }
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

/// A namespace's sockets in this process, for its adapter.
struct LocalNamespaceSockets: LocalSockets {
    let shards: [NamespaceShard]

    func deliver(_ event: BroadcastEvent, to target: BroadcastTarget) {
        for part in self.shards { part.shard.run { part.deliver(event, to: target) } }
    }
}
