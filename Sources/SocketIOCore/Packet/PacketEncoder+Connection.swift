// Licensed under the MIT licence.

public import EngineIOCore
import NIOCore
public import WireJSON

/// The packets that open and close access to a namespace; the two revisions differ in nearly all of them.
extension PacketEncoder {
    /// Encodes the answer that grants access: `0/admin,{"sid":"…"}`, in Engine.IO 3 just `0/admin,`.
    ///
    /// `sid` is the socket's id; `pid`, with recovery on, the private id with which the client may have its state
    /// restored.
    public static func connect(
        sid: String,
        pid: String? = nil,
        namespace: String = SocketIOPacket.mainNamespace,
        revision: ProtocolRevision
    ) -> EngineMessage {
        var text = self.header(.connect, namespace)
        if revision == .v4 { self.writeConnectPayload(sid: sid, pid: pid, into: &text) }
        return EngineMessage(text: text)
    }

    /// Encodes the refusal by a middleware: `4/admin,{"message":"…","data":…}`.
    ///
    /// In Engine.IO 3 it is the data alone, or the message as a string if there is none: `4/admin,"…"`.
    ///
    /// Source: `run` of socket.io 4.8.3, `namespace.ts`: data that JavaScript takes for false does not replace the
    /// message in Engine.IO 3.
    public static func connectError(
        message: String,
        data: JSONValue? = nil,
        namespace: String = SocketIOPacket.mainNamespace,
        revision: ProtocolRevision
    ) -> EngineMessage {
        var text = self.header(.connectError, namespace)
        self.writeConnectErrorPayload(message: message, data: data, revision: revision, into: &text)
        return EngineMessage(text: text)
    }

    /// Encodes the refusal of a namespace that does not exist: `4/nowhere,{"message":"Invalid namespace"}`.
    ///
    /// It is an object in both revisions.
    public static func invalidNamespace(_ namespace: String) -> EngineMessage {
        var text = self.header(.connectError, namespace)
        self.writeInvalidNamespacePayload(into: &text)
        return EngineMessage(text: text)
    }

    /// Encodes the end of access to a namespace: `1/admin,`.
    public static func disconnect(namespace: String = SocketIOPacket.mainNamespace) -> EngineMessage {
        EngineMessage(text: self.header(.disconnect, namespace))
    }

    /// Appends the payload of the answer that grants access; Engine.IO 3 has none.
    static func writeConnectPayload(sid: String, pid: String?, into json: inout ByteBuffer) {
        json.writeStaticString("{\"sid\":")
        json.writeJSONString(sid)
        if let pid {
            json.writeStaticString(",\"pid\":")
            json.writeJSONString(pid)
        }
        json.writeStaticString("}")
    }

    /// Appends the payload of a middleware's refusal.
    static func writeConnectErrorPayload(
        message: String,
        data: JSONValue?,
        revision: ProtocolRevision,
        into json: inout ByteBuffer
    ) {
        switch revision {
        case .v4:
            json.writeStaticString("{\"message\":")
            json.writeJSONString(message)
            if let data {
                json.writeStaticString(",\"data\":")
                json.writeJSON(data)
            }
            json.writeStaticString("}")
        case .v3:
            if let data, !data.isFalsy {
                json.writeJSON(data)
            } else {
                json.writeJSONString(message)
            }
        }
    }

    /// Appends the payload of the refusal of an unknown namespace.
    static func writeInvalidNamespacePayload(into json: inout ByteBuffer) {
        json.writeStaticString("{\"message\":\"Invalid namespace\"}")
    }

    private static func header(_ kind: SocketIOPacket.Kind, _ namespace: String) -> ByteBuffer {
        var text = ByteBufferAllocator().buffer(capacity: self.headerCapacity(namespace) + 64)
        self.writeHeader(kind, namespace: namespace, into: &text)
        return text
    }
}

extension JSONValue {
    /// Whether JavaScript takes the value for false: `null`, `false`, zero, the empty string.
    fileprivate var isFalsy: Bool {
        switch self.kind {
        case .null: true
        case .bool: self.boolValue == false
        case .number: self.intValue == 0
        case .string: self.stringUTF8Count == 0
        case .array, .object: false
        }
    }
}
