// Licensed under the MIT licence.

import NIOCore
import RedisNIO
import SocketIOCore
import WireJSON

extension ShardedWire {
    func decode(_ body: ByteBuffer, on topic: RedisSubscription) throws(RedisWireError) -> RedisMessage {
        guard body.readableBytes <= self.maximumBytes else { throw RedisWireError(.tooLarge) }
        let object = try WireObject(body, limits: self.limits)
        let root = object.root
        guard root.member("nsp")?.stringValue == self.namespace else { return .ignored }
        guard let type = root.member("type")?.wholeNumber else { throw RedisWireError(.unexpected) }
        guard let kind = Kind(rawValue: Int(clamping: type)) else { return .ignored }
        let data = root.member("data") ?? .emptyObject
        let id = data.member("requestId")?.roomText
        let sender = root.member("uid")?.stringValue
        if sender == self.node.name { return Self.number(id).map { .returned($0) } ?? .ignored }
        // A room may be called as another node is, whose answers are numbered as this one's are.
        if kind.isAnswer, topic != self.presence(of: self.node) { return .ignored }
        guard let message = try self.message(kind, id, data, object.attachments) else { return .ignored }
        return .message(message, from: sender.map { NodeID($0) } ?? .unnamed)
    }

    private func message(
        _ kind: Kind,
        _ id: String?,
        _ data: JSONValue,
        _ attachments: [ByteBuffer]
    ) throws(RedisWireError) -> ClusterMessage? {
        let options = WireOptions(data.member("opts"))
        let target = options.target(self.names)
        switch kind {
        case .initialHeartbeat, .heartbeat, .close:
            // Redis itself tells who is there.
            return nil
        case .broadcast:
            guard let payload = data.member("packet")?.member("data") else { throw RedisWireError(.unexpected) }
            let event: BroadcastEvent
            do throws(PacketError) {
                event = try BroadcastEvent(payload, attachments, namespace: self.namespace, limits: self.limits)
            } catch {
                throw RedisWireError(.event)
            }
            guard let id else { return .broadcast(event, target) }
            return .ask(Self.tagged(kind, id), event, target, timeout: options.timeout ?? .seconds(5))
        case .join, .leave, .disconnect:
            // Not everybody for want of options.
            guard data.member("opts")?.kind == .object else { throw RedisWireError(.unexpected) }
            let names = WireOptions.texts(data.member("rooms"))
            let rooms = names.map { RoomNames.room($0, isMarked: options.isMarked) }
            if kind == .join { return .join(rooms, target) }
            if kind == .leave { return .leave(rooms, target) }
            return .disconnect(target, closing: data.member("close")?.boolValue == true)
        case .fetch:
            guard let id else { throw RedisWireError(.unexpected) }
            return .describe(Self.tagged(kind, id), target)
        case .serverSide:
            let event = try ServerSideMessage(data.member("packet"), attachments)
            return .serverSide(event, id.map { Self.tagged(kind, $0) })
        case .sockets, .serverSideAnswer, .asked, .acknowledgement:
            guard let id = Self.number(id) else { return nil }
            return try Self.answer(kind, id, data, attachments)
        }
    }

    private static func answer(
        _ kind: Kind,
        _ id: ClusterRequestID,
        _ data: JSONValue,
        _ attachments: [ByteBuffer]
    ) throws(RedisWireError) -> ClusterMessage {
        switch kind {
        case .asked:
            guard let count = data.member("clientCount")?.wholeNumber else { throw RedisWireError(.unexpected) }
            return .asked(id, count: Int(clamping: count))
        case .sockets:
            guard let sockets = data.member("sockets"), sockets.kind == .array else {
                throw RedisWireError(.unexpected)
            }
            let isMarked = data.member("realms")?.boolValue == true
            return .sockets(id, sockets.elements.compactMap { SocketDescription($0, isMarked: isMarked) })
        default:
            return .answer(id, AckReply(data, "packet", attachments))
        }
    }
}
