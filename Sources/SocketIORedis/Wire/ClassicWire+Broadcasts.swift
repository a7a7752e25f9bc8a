// Licensed under the MIT licence.

import NIOCore
import SocketIOCore
import WireJSON

extension ClassicWire {
    /// Reads `[uid, packet, options]`.
    ///
    /// The event's JSON is written while its MessagePack is read; nothing else is made of it.
    func broadcast(_ body: ByteBuffer) throws(RedisWireError) -> RedisMessage {
        var reader = MessagePackReader(body)
        guard case .array(let count) = try reader.token(), count >= 2 else { throw RedisWireError(.unexpected) }
        let sender = try reader.textIfAny()
        if sender == self.node.name { return .ignored }
        let packet = try WirePacket(&reader, limits: self.limits)
        guard packet.namespace ?? SocketIOPacket.mainNamespace == self.namespace else { return .ignored }
        let options = count > 2 ? try WireOptions(&reader) : WireOptions()
        for _ in 3..<max(3, count) { try reader.pass() }
        guard reader.remaining == 0 else { throw RedisWireError(.malformed) }
        let event = try packet.event(namespace: self.namespace, limits: self.limits)
        return .message(.broadcast(event, options.target(self.names)), from: sender.map { NodeID($0) } ?? .unnamed)
    }
}

/// The packet of a broadcast: `{type: 2, data: [name, …], nsp}`.
///
/// Old emitters call an event with binary data type 5.
struct WirePacket {
    private(set) var namespace: String?
    private var isEvent = false
    private var json: ByteBuffer?
    private var attachments: [ByteBuffer] = []

    init(_ reader: inout MessagePackReader, limits: SocketIOLimits) throws(RedisWireError) {
        guard case .map(let count) = try reader.token() else { throw RedisWireError(.unexpected) }
        for _ in 0..<count {
            guard let key = try reader.range() else { throw RedisWireError(.unexpected) }
            if reader.isText(key, "data") {
                var transcoder = MessagePackTranscoder(reader, limits: limits)
                do throws(PacketError) {
                    try transcoder.transcode()
                } catch {
                    throw RedisWireError(error)
                }
                reader = transcoder.reader
                self.json = transcoder.json
                self.attachments = transcoder.attachments
            } else if reader.isText(key, "nsp") {
                self.namespace = try reader.textIfAny()
            } else if reader.isText(key, "type") {
                let type = try reader.numberIfAny()
                self.isEvent = type == 2 || type == 5
            } else {
                try reader.pass()
            }
        }
    }

    func event(namespace: String, limits: SocketIOLimits) throws(RedisWireError) -> BroadcastEvent {
        guard self.isEvent, let json else { throw RedisWireError(.unexpected) }
        do {
            // Held to the rules of what clients are sent; what it was made from is longer by no more than a constant.
            let payload = try JSONValue(validating: json, maximumDepth: limits.maximumDepth)
            return try BroadcastEvent(payload, self.attachments, namespace: namespace, limits: limits)
        } catch is JSONError {
            throw RedisWireError(.malformed)
        } catch {
            throw RedisWireError(.event)
        }
    }
}

extension BroadcastEvent {
    /// An event from its payload, `[name, …]`.
    init(
        _ payload: JSONValue,
        _ attachments: [ByteBuffer],
        namespace: String,
        limits: SocketIOLimits
    ) throws(PacketError) {
        let event = try EventPayload(checking: payload, attachmentCount: attachments.count, limits: limits)
        self.init(namespace: namespace, name: event.name, arguments: event.rawArguments, attachments: attachments)
    }
}

extension RedisWireError {
    init(_ error: PacketError) {
        switch error {
        case .tooManyAttachments, .attachmentsTooLarge: self.init(.event)
        default: self.init(.malformed)
        }
    }
}
