// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import SocketIOCore
import WireJSON

extension PythonWire {
    /// Writes an event for Python's servers; nothing if its rooms are none that they can have.
    func encode(_ event: BroadcastEvent, _ target: BroadcastTarget) -> ByteBuffer? {
        let rooms = target.rooms.filter { $0.realm == 0 || $0.realm == self.realm }.map(\.name)
        if rooms.isEmpty, !target.rooms.isEmpty { return nil }
        var message = JSONObject()
        message.write("method", "emit")
        message.write("event", event.name)
        message.write("data", raw: Self.data(event))
        message.write("binary", !event.attachments.isEmpty)
        message.write("namespace", event.namespace)
        switch rooms.count {
        case 0: message.write("room", JSONValue.null)
        case 1: message.write("room", rooms[0])
        default: message.write("room", rooms)
        }
        // Python leaves out clients, not rooms; a socket's id is both.
        let skipped =
            target.except.filter { $0.realm == 0 || $0.realm == self.realm }.map(\.name)
            + (target.exceptSocket.map { [$0] } ?? [])
        if skipped.isEmpty { message.write("skip_sid", JSONValue.null) } else { message.write("skip_sid", skipped) }
        message.write("callback", JSONValue.null)
        message.write("host_id", Self.hostPrefix + self.node.name)
        return message.closed
    }

    private static func data(_ event: BroadcastEvent) -> ByteBuffer {
        var data = ByteBuffer()
        data.writeStaticString(event.attachments.isEmpty ? "[" : "[[")
        data.writeImmutableBuffer(event.arguments)
        data.writeStaticString("]")
        guard !event.attachments.isEmpty else { return data }
        for attachment in event.attachments {
            data.writeStaticString(",\"")
            Base64.encode(attachment, into: &data)
            data.writeStaticString("\"")
        }
        data.writeStaticString("]")
        return data
    }
}

/// Where a callback of a Python process is to be sent, kept in the id of the question.
struct PythonCallback {
    private static let tag = "p"

    /// The process.
    let host: JSONValue
    /// Room, namespace and number, as they came.
    let callback: JSONValue

    init(host: JSONValue, callback: JSONValue) {
        self.host = host
        self.callback = callback
    }

    /// The callback that an id is for; `nil` if it is for none.
    init?(_ id: ClusterRequestID) {
        guard let text = id.text.rest(behind: Self.tag),
            let both = try? JSONValue(validating: ByteBuffer(string: text))
        else { return nil }
        let elements = Array(both.elements)
        guard elements.count == 2 else { return nil }
        self.init(host: elements[0], callback: elements[1])
    }

    var id: ClusterRequestID {
        ClusterRequestID("\(Self.tag)[\(String(buffer: self.host.bytes)),\(String(buffer: self.callback.bytes))]")
    }

    /// What the process is told; binary data has no place in it.
    func message(_ reply: AckReply) -> ByteBuffer? {
        let parts = Array(self.callback.elements)
        guard parts.count == 3 else { return nil }
        var message = JSONObject()
        message.write("method", "callback")
        message.write("host_id", self.host)
        message.write("sid", parts[0])
        message.write("namespace", parts[1])
        message.write("id", parts[2])
        message.write("args", reply.arguments)
        return message.closed
    }
}
