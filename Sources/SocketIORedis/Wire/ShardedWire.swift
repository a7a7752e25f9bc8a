// Licensed under the MIT licence.

import NIOCore
import RedisNIO
import SocketIOCore
import WireJSON

/// The wire of the sharded adapter of `@socket.io/redis-adapter` 8.3 (`lib/sharded-adapter.ts`; the messages are those of
/// socket.io-adapter 2.5, `lib/cluster-adapter.ts`).
///
/// | sharded channel | what |
/// |---|---|
/// | `socket.io#<namespace>#` | everything but the following |
/// | `socket.io#<namespace>#<room>#` | broadcasts to one room, whose name, unless it is marked, is not as long as a socket's id |
/// | `socket.io#<namespace>#<uid>#` | answers to one node; besides, who is subscribed to it is alive |
///
/// Every message is `{uid, nsp, type, data}`, JSON unless it holds binary data, and MessagePack then. Questions have a `requestId`; ours begins
/// with `m`, which those of the reference, hexadecimal, never do: then `arguments` in an answer are all of them, and not just the first.
struct ShardedWire: RedisWire {
    /// What messages are, as the reference numbers them (`MessageType`).
    enum Kind: Int {
        case initialHeartbeat = 1
        case heartbeat, broadcast, join, leave, disconnect, fetch, sockets, serverSide, serverSideAnswer, asked
        case acknowledgement, close

        /// Whether it goes to the node that has asked, alone.
        var isAnswer: Bool {
            switch self {
            case .sockets, .serverSideAnswer, .asked, .acknowledgement: true
            case .initialHeartbeat, .heartbeat, .broadcast, .join, .leave, .disconnect, .fetch, .serverSide, .close:
                false
            }
        }
    }

    private static let ownIDs = "m"

    let node: NodeID
    let namespace: String
    let common: RedisSubscription
    let topics: [RedisSubscription]
    private let channel: String
    private let hasRoomChannels: Bool
    let limits: SocketIOLimits
    let maximumBytes: Int
    let names: RoomNames

    init(node: NodeID, namespace: String, options: RedisBusOptions) {
        self.node = node
        self.namespace = namespace
        self.channel = "\(options.channelPrefix)#\(namespace)#"
        self.common = .shardChannel(self.channel)
        self.topics = [self.common, .shardChannel("\(self.channel)\(node)#")]
        self.hasRoomChannels = options.subscriptions == .rooms
        self.limits = .ofOtherNodes(options)
        self.maximumBytes = options.maximumMessageBytes
        self.names = RoomNames(foreignRealm: options.foreignRealm)
    }

    var questions: RedisSubscription { self.common }

    func presence(of node: NodeID) -> RedisSubscription { .shardChannel("\(self.channel)\(node)#") }

    func topic(of room: Room) -> RedisSubscription {
        guard self.hasRoomChannels, room.realm != 0 || !Self.isAsLongAsID(room.name) else { return self.common }
        return .shardChannel("\(self.channel)\(self.names.channelName(of: room, isTakenForID: Self.isAsLongAsID))#")
    }

    /// Whether a name is as long as a socket's id, as JavaScript counts.
    private static func isAsLongAsID(_ name: String) -> Bool { name.utf16.count == 20 }

    // MARK: Writing

    func encode(_ message: ClusterMessage, to node: NodeID?) -> (topic: RedisSubscription, body: ByteBuffer)? {
        switch message {
        case .broadcast(let event, let target):
            let body = self.message(.broadcast, self.data(event, target), event.attachments)
            return (target.onlyRoom.map { self.topic(of: $0) } ?? self.common, body)
        case .ask(let id, let event, let target, let timeout):
            var data = self.data(event, target, timeout: timeout)
            data.write("requestId", self.text(id))
            return (self.common, self.message(.broadcast, data, event.attachments))
        case .join(let rooms, let target):
            return (self.common, self.message(.join, self.order(target, rooms)))
        case .leave(let rooms, let target):
            return (self.common, self.message(.leave, self.order(target, rooms)))
        case .disconnect(let target, let closing):
            var data = JSONObject()
            data.write("opts", JSONObject(WireTarget(target, self.names)))
            data.write("close", closing)
            return (self.common, self.message(.disconnect, data))
        case .describe(let id, let target):
            var data = JSONObject()
            data.write("opts", JSONObject(WireTarget(target, self.names)))
            data.write("requestId", self.text(id))
            return (self.common, self.message(.fetch, data))
        case .serverSide(let event, let id):
            var data = JSONObject()
            if let id { data.write("requestId", self.text(id)) }
            data.write("packet", event.payload)
            return (self.common, self.message(.serverSide, data, event.attachments))
        case .asked, .answer, .sockets:
            return node.flatMap { node in self.answer(message).map { (self.presence(of: node), $0) } }
        }
    }

    private func answer(_ message: ClusterMessage) -> ByteBuffer? {
        var data = JSONObject()
        switch message {
        case .asked(let id, let count):
            data.write("requestId", id.untagged)
            data.write("clientCount", count)
            return self.message(.asked, data)
        case .answer(let id, let reply):
            data.write("requestId", id.untagged)
            if Self.isOurs(id) {
                data.write("arguments", reply.arguments)
            } else if let first = reply.arguments.first {
                data.write("packet", first)
            }
            let isAcknowledgement = id.tag == Self.tag(.broadcast).utf8.first
            return self.message(isAcknowledgement ? .acknowledgement : .serverSideAnswer, data, reply.attachments)
        case .sockets(let id, let sockets):
            let isOurs = Self.isOurs(id)
            let isMarking = isOurs && sockets.contains { RoomNames.needMarks($0.rooms) }
            data.write("requestId", id.untagged)
            data.write("sockets", sockets.map { JSONObject($0, self.names, isOurs: isOurs, isMarking: isMarking) })
            if isMarking { data.write(RoomNames.flag, true) }
            return self.message(.sockets, data)
        case .broadcast, .ask, .join, .leave, .disconnect, .describe, .serverSide:
            return nil
        }
    }

    private func message(_ kind: Kind, _ data: JSONObject, _ attachments: [ByteBuffer] = []) -> ByteBuffer {
        var message = JSONObject()
        message.write("uid", self.node.name)
        message.write("nsp", self.namespace)
        message.write("type", kind.rawValue)
        message.write("data", data)
        return message.closed(with: attachments)
    }

    private func data(_ event: BroadcastEvent, _ target: BroadcastTarget, timeout: Duration? = nil) -> JSONObject {
        var packet = JSONObject()
        packet.write("type", SocketIOPacket.Kind.event.rawValue)
        packet.write("data", raw: event.payload)
        packet.write("nsp", self.namespace)
        var data = JSONObject()
        data.write("opts", JSONObject(WireTarget(target, self.names), isVolatile: target.isVolatile, timeout: timeout))
        data.write("packet", packet)
        return data
    }

    private func order(_ target: BroadcastTarget, _ rooms: [Room]) -> JSONObject {
        let isMarking = self.names.needMarks(target.rooms + target.except + rooms)
        var data = JSONObject()
        data.write("opts", JSONObject(WireTarget(target, isMarking: isMarking)))
        data.write("rooms", rooms.map { RoomNames.text($0, isMarking: isMarking) })
        return data
    }

    // MARK: Ids

    private func text(_ id: ClusterRequestID) -> String { "\(Self.ownIDs)\(id)" }

    /// An id that came in is kept behind a letter for the kind of its question.
    private static func tag(_ kind: Kind) -> String { kind == .broadcast ? "b" : "q" }

    static func tagged(_ kind: Kind, _ id: String) -> ClusterRequestID { ClusterRequestID(self.tag(kind) + id) }

    private static func isOurs(_ id: ClusterRequestID) -> Bool { id.untagged.rest(behind: self.ownIDs) != nil }

    /// This node's own number of a question.
    static func number(_ id: String?) -> ClusterRequestID? {
        id?.rest(behind: self.ownIDs).map { ClusterRequestID($0) }
    }
}
