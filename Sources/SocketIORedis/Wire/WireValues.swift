// Licensed under the MIT licence.

import NIOCore
import SocketIOCore
import WireJSON

// What both wires write and read alike. Names and ids of others are taken apart by bytes: as a `Character`, what stands behind a colon
// may belong to it.

extension String {
    /// What stands behind a beginning; `nil` if the text begins otherwise.
    func rest(behind beginning: String) -> String? {
        guard self.utf8.starts(with: beginning.utf8) else { return nil }
        return String(Substring(self.utf8.dropFirst(beginning.utf8.count)))
    }
}

extension ClusterRequestID {
    /// The byte that tells the kind of the question.
    var tag: UInt8? { self.text.utf8.first }
    /// The id as it came, without the byte for its kind in front.
    var untagged: String { String(Substring(self.text.utf8.dropFirst())) }
}

extension ServerSideMessage {
    /// A server's event from its name and arguments, `[name, …]`.
    init(_ data: JSONValue?, _ attachments: [ByteBuffer]) throws(RedisWireError) {
        guard let data, data.kind == .array else { throw RedisWireError(.unexpected) }
        let values = Array(data.elements)
        guard let name = values.first?.roomText else { throw RedisWireError(.unexpected) }
        self.init(name: name, arguments: Array(values.dropFirst()), attachments: attachments)
    }
}

extension AckReply {
    /// What a client or a server answered, as another node passes it on: one argument, or from one of us all.
    init(_ answer: JSONValue, _ member: String, _ attachments: [ByteBuffer]) {
        if let all = answer.member("arguments"), all.kind == .array {
            self.init(arguments: Array(all.elements), attachments: attachments)
        } else {
            self.init(arguments: answer.member(member).map { [$0] } ?? [], attachments: attachments)
        }
    }
}

extension SocketDescription {
    /// A socket as another node describes it; `nil` if it has no id.
    init?(_ value: JSONValue, isMarked: Bool) {
        guard let id = value.member("id")?.stringValue else { return nil }
        self.init(
            id: id,
            handshake: value.member("handshake") ?? .emptyObject,
            rooms: WireOptions.texts(value.member("rooms")).map { RoomNames.room($0, isMarked: isMarked) },
            data: value.member("data").flatMap { $0.kind == .object ? $0 : nil } ?? .emptyObject
        )
    }
}

extension ServerSideMessage {
    /// Name and arguments.
    var payload: [JSONValue] {
        var name = ByteBuffer()
        name.writeJSONString(self.name)
        return [(try? JSONValue(validating: name)) ?? .null] + self.arguments
    }
}

extension BroadcastEvent {
    /// Name and arguments, a JSON array.
    var payload: ByteBuffer {
        var json = ByteBuffer()
        json.writeInteger(UInt8(ascii: "["))
        json.writeJSONString(self.name)
        if self.arguments.readableBytes > 0 {
            json.writeInteger(UInt8(ascii: ","))
            json.writeImmutableBuffer(self.arguments)
        }
        json.writeInteger(UInt8(ascii: "]"))
        return json
    }
}
