// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import SocketIOCore

/// A namespace as far as it lives on one shard: its sockets there, and the rooms they are in.
///
/// `@unchecked Sendable`: `adapter` is set before the namespace is used; every other `var` is touched on the shard only.
final class NamespaceShard: @unchecked Sendable {
    let shard: any EngineShard
    var handlers = HandlerTable()
    var adapter: (any Adapter)?
    private(set) var rooms = RoomIndex()
    private var socketsBySlot: [Socket?] = []
    private var socketsByID: [String: Socket] = [:]
    private var selected: [ConnectionSlot] = []

    init(shard: any EngineShard) {
        self.shard = shard
    }

    func add(_ socket: Socket) {
        let index = Int(socket.slot)
        while self.socketsBySlot.count <= index { self.socketsBySlot.append(nil) }
        self.socketsBySlot[index] = socket
        self.socketsByID[socket.id] = socket
        _ = self.rooms.add(socket.slot)
    }

    func remove(_ socket: Socket) {
        let index = Int(socket.slot)
        guard self.socketsBySlot.indices.contains(index), self.socketsBySlot[index] === socket else { return }
        self.socketsBySlot[index] = nil
        self.socketsByID[socket.id] = nil
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

    /// Sends an event to the matching sockets of this shard.
    func deliver(_ event: BroadcastEvent, to target: BroadcastTarget) {
        if target.rooms.count == 1, target.except.isEmpty, target.exceptSocket == nil {
            let room = target.rooms[0]
            let isSent = self.rooms.withMembers(of: room) { members in
                guard !members.isEmpty else { return false }
                self.shard.send(event.message, to: members, isVolatile: target.isVolatile)
                return true
            }
            // A socket's id is a room of its own; no index entry is spent on it.
            if isSent && self.socketsByID[room.name] == nil { return }
        }
        if target.rooms.isEmpty, target.except.isEmpty, target.exceptSocket == nil {
            return self.rooms.withAllMembers {
                self.shard.send(event.message, to: $0, isVolatile: target.isVolatile)
            }
        }
        self.select(target)
        self.selected.withUnsafeBufferPointer {
            self.shard.send(event.message, to: $0, isVolatile: target.isVolatile)
        }
    }

    /// The matching sockets of this shard.
    func sockets(matching target: BroadcastTarget) -> [Socket] {
        self.select(target)
        return self.selected.compactMap { self.socketsBySlot[Int($0)] }
    }

    private func select(_ target: BroadcastTarget) {
        let exceptSlot = target.exceptSocket.flatMap { self.socketsByID[$0]?.slot }
        self.rooms.members(of: target.rooms, except: target.except, exceptSlot: exceptSlot, into: &self.selected)
        for room in target.except where room.realm == Room.applicationRealm {
            guard let socket = self.socketsByID[room.name] else { continue }
            self.selected.removeAll { $0 == socket.slot }
        }
        for room in target.rooms where room.realm == Room.applicationRealm {
            guard let socket = self.socketsByID[room.name], socket.slot != exceptSlot else { continue }
            let isExcepted = target.except.contains { $0 == room || self.rooms.contains(socket.slot, in: $0) }
            if !isExcepted, !self.selected.contains(socket.slot) { self.selected.append(socket.slot) }
        }
    }
}

extension Room {
    /// The realm of the rooms that an application's names mean.
    static let applicationRealm: UInt8 = 0
}

/// A namespace's sockets in this process, for its adapter.
struct LocalNamespaceSockets: LocalSockets {
    let shards: [NamespaceShard]

    func deliver(_ event: BroadcastEvent, to target: BroadcastTarget) {
        for part in self.shards { part.shard.run { part.deliver(event, to: target) } }
    }
}
