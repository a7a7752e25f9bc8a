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
        guard revision == .v4 else { return EngineMessage(text: text) }
        text.writeStaticString("{\"sid\":")
        text.writeJSONString(sid)
        if let pid {
            text.writeStaticString(",\"pid\":")
            text.writeJSONString(pid)
        }
        text.writeStaticString("}")
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
        switch revision {
        case .v4:
            return self.connectErrorObject(message: message, data: data, namespace: namespace)
        case .v3:
            var text = self.header(.connectError, namespace)
            if let data, !data.isFalsy {
                text.writeJSON(data)
            } else {
                text.writeJSONString(message)
            }
            return EngineMessage(text: text)
        }
    }

    /// Encodes the refusal of a namespace that does not exist: `4/nowhere,{"message":"Invalid namespace"}`.
    ///
    /// It is an object in both revisions.
    public static func invalidNamespace(_ namespace: String) -> EngineMessage {
        self.connectErrorObject(message: "Invalid namespace", data: nil, namespace: namespace)
    }

    /// Encodes the end of access to a namespace: `1/admin,`.
    public static func disconnect(namespace: String = SocketIOPacket.mainNamespace) -> EngineMessage {
        EngineMessage(text: self.header(.disconnect, namespace))
    }

    private static func connectErrorObject(message: String, data: JSONValue?, namespace: String) -> EngineMessage {
        var text = self.header(.connectError, namespace)
        text.writeStaticString("{\"message\":")
        text.writeJSONString(message)
        if let data {
            text.writeStaticString(",\"data\":")
            text.writeJSON(data)
        }
        text.writeStaticString("}")
        return EngineMessage(text: text)
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
