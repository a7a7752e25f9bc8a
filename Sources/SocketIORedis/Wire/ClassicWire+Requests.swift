// Licensed under the MIT licence.

import NIOCore
import SocketIOCore
import WireJSON

/// A question, an order or an answer, whichever way it was written: JSON, with what its placeholders stand for.
struct WireObject {
    let root: JSONValue
    let attachments: [ByteBuffer]

    /// Reads JSON if the first byte is `{`, and MessagePack otherwise.
    init(_ body: ByteBuffer, limits: SocketIOLimits) throws(RedisWireError) {
        var json = body
        var attachments: [ByteBuffer] = []
        if body.getInteger(at: body.readerIndex) != UInt8(ascii: "{") {
            var transcoder = MessagePackTranscoder(MessagePackReader(body), limits: limits)
            do throws(PacketError) {
                try transcoder.transcode()
            } catch {
                throw RedisWireError(error)
            }
            guard transcoder.reader.remaining == 0 else { throw RedisWireError(.malformed) }
            json = transcoder.json
            attachments = transcoder.attachments
        }
        guard let root = try? JSONValue(validating: json, maximumDepth: limits.maximumDepth) else {
            throw RedisWireError(.malformed)
        }
        guard root.kind == .object else { throw RedisWireError(.unexpected) }
        self.root = root
        self.attachments = attachments
    }
}

extension ClassicWire {
    /// Reads what is asked for or ordered.
    func question(_ body: ByteBuffer) throws(RedisWireError) -> RedisMessage {
        let object = try WireObject(body, limits: self.limits)
        let root = object.root
        let sender = root.member("uid")?.stringValue
        let id = root.member("requestId")?.roomText
        if sender == self.node.name { return self.ownID(id).map { .returned($0) } ?? .ignored }
        guard let type = root.member("type")?.wholeNumber else { throw RedisWireError(.unexpected) }
        // A later version may have kinds that this one does not know, which must not count as bad.
        guard let kind = Kind(rawValue: Int(clamping: type)) else { return .ignored }
        let message = try self.message(kind, id, object)
        return message.map { .message($0, from: sender.map { NodeID($0) } ?? .unnamed) } ?? .ignored
    }

    private func message(
        _ kind: Kind,
        _ id: String?,
        _ object: WireObject
    ) throws(RedisWireError) -> ClusterMessage? {
        let root = object.root
        let options = root.member("opts")
        let wireOptions = WireOptions(options)
        switch kind {
        case .sockets:
            let rooms = self.names.rooms(WireOptions.texts(root.member("rooms")), isMarked: false)
            return .describe(try Self.tagged(kind, id), BroadcastTarget(rooms: rooms))
        case .allRooms:
            return .describe(try Self.tagged(kind, id), BroadcastTarget())
        case .fetch:
            return .describe(try Self.tagged(kind, id), wireOptions.target(self.names))
        case .join, .leave:
            let names = WireOptions.texts(root.member("rooms") ?? root.member("room"))
            let rooms = names.map { RoomNames.room($0, isMarked: wireOptions.isMarked) }
            let target = try self.target(root, options, wireOptions)
            return kind == .join ? .join(rooms, target) : .leave(rooms, target)
        case .disconnect:
            let target = try self.target(root, options, wireOptions)
            return .disconnect(target, closing: root.member("close")?.boolValue == true)
        case .serverSide:
            let event = try ServerSideMessage(root.member("data"), object.attachments)
            return .serverSide(event, id.map { Self.tagged(kind, $0) })
        case .ask:
            guard let packet = root.member("packet"), let payload = packet.member("data") else {
                throw RedisWireError(.unexpected)
            }
            let event: BroadcastEvent
            do throws(PacketError) {
                event = try BroadcastEvent(payload, object.attachments, namespace: self.namespace, limits: self.limits)
            } catch {
                throw RedisWireError(.event)
            }
            let timeout = wireOptions.timeout ?? .seconds(5)
            return .ask(try Self.tagged(kind, id), event, wireOptions.target(self.names), timeout: timeout)
        case .asked, .acknowledgement:
            return nil
        }
    }

    private static func tagged(_ kind: Kind, _ id: String?) throws(RedisWireError) -> ClusterRequestID {
        guard let id else { throw RedisWireError(.unexpected) }
        return self.tagged(kind, id)
    }

    /// Whom an order is for; orders of old servers name one socket instead of options.
    private func target(
        _ root: JSONValue,
        _ options: JSONValue?,
        _ wireOptions: WireOptions
    ) throws(RedisWireError) -> BroadcastTarget {
        if options?.kind == .object { return wireOptions.target(self.names) }
        // Not everybody, should there be neither.
        guard let id = root.member("sid")?.stringValue else { throw RedisWireError(.unexpected) }
        return BroadcastTarget(rooms: [Room(id)])
    }

    // MARK: Answers

    /// This node's own number of a question that it asked under an id.
    private func ownID(_ id: String?) -> ClusterRequestID? {
        id?.rest(behind: "\(self.node):").map { ClusterRequestID($0) }
    }

    /// Reads an answer, of whatever kind; what others were answered is passed over.
    func answer(_ body: ByteBuffer) throws(RedisWireError) -> RedisMessage {
        if self.isForAnother(body) { return .ignored }
        let object = try WireObject(body, limits: self.limits)
        let root = object.root
        guard let id = self.ownID(root.member("requestId")?.roomText) else { return .ignored }
        let sender = root.member("uid")?.stringValue.map { NodeID($0) } ?? .unnamed
        if sender == self.node { return .ignored }
        switch root.member("type")?.wholeNumber.flatMap({ Kind(rawValue: Int(clamping: $0)) }) {
        case .asked:
            guard let count = root.member("clientCount")?.wholeNumber else { throw RedisWireError(.unexpected) }
            return .message(.asked(id, count: Int(clamping: count)), from: sender)
        case .acknowledgement:
            return .message(.answer(id, AckReply(root, "packet", object.attachments)), from: sender)
        case .serverSide:
            return .message(.answer(id, AckReply(root, "data", object.attachments)), from: sender)
        default:
            guard let sockets = root.member("sockets"), sockets.kind == .array else {
                throw RedisWireError(.unexpected)
            }
            let isMarked = root.member("realms")?.boolValue == true
            let descriptions = sockets.elements.compactMap { SocketDescription($0, isMarked: isMarked) }
            return .message(.sockets(id, descriptions), from: sender)
        }
    }

    /// Whether an answer can be seen to be somebody else's without reading it; the reference begins with the id.
    private func isForAnother(_ body: ByteBuffer) -> Bool {
        let begin = "{\"requestId\":\""
        guard let head = body.getString(at: body.readerIndex, length: begin.utf8.count), head == begin else {
            return false
        }
        let own = "\(self.node):"
        return body.getString(at: body.readerIndex + begin.utf8.count, length: own.utf8.count) != own
    }
}
