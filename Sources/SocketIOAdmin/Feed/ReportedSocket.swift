// Licensed under the MIT licence.

import NIOCore
import SocketIOCore
import WireJSON

/// A socket as the UI is told of it.
///
/// ```json
/// {"id":"…","clientId":"…","transport":"websocket","nsp":"/","data":{…},
///  "handshake":{"headers":{…},"address":"…","issued":1700000000000,"secure":false,"url":"…","query":{…},"xdomain":false},
///  "rooms":["…"]}
/// ```
/// As in `@socket.io/admin-ui` 0.5.1 (`serialize` of `index.ts`), but the address is what the server knows, whatever header fields
/// claim, and what header fields hold of passwords and cookies is left out.
struct ReportedSocket: Sendable {
    /// The header fields whose values are nobody's business.
    private static let secretHeaders: Set<String> = [
        "authorization", "cookie", "proxy-authorization", "x-api-key", "x-auth-token",
    ]
    /// The most that is shown of a header field, of the query and so on.
    private static let maximumHeaderBytes = 1_024

    let id: String
    let namespace: String
    var transport: String
    /// JSON.
    var data: ByteBuffer
    var rooms: [String]
    private let clientID: String
    /// JSON.
    private let handshake: ByteBuffer

    init(_ socket: SocketDescription, namespace: String, maximumShownBytes: Int) {
        self.id = socket.id
        self.namespace = namespace
        self.rooms = socket.rooms.filter { $0.realm == 0 }.map(\.name)
        let connection = socket.data.member("_admin")
        self.clientID = connection?.member("clientId")?.stringValue ?? ""
        self.transport = connection?.member("transport")?.stringValue ?? ""
        self.data = Self.shown(socket.data, maximumShownBytes)
        self.handshake = Self.handshake(socket.handshake, maximumShownBytes)
    }

    /// Reads what ``write(into:)`` has written, here or on another server.
    init?(reported json: JSONValue) {
        guard let id = json.member("id")?.stringValue, let namespace = json.member("nsp")?.stringValue else {
            return nil
        }
        self.id = id
        self.namespace = namespace
        self.clientID = json.member("clientId")?.stringValue ?? ""
        self.transport = json.member("transport")?.stringValue ?? ""
        self.data = (json.member("data") ?? .emptyObject).copied().bytes
        self.handshake = (json.member("handshake") ?? .emptyObject).copied().bytes
        self.rooms = json.member("rooms")?.elements.compactMap(\.stringValue) ?? []
    }

    func write(into buffer: inout ByteBuffer) {
        buffer.writeComma()
        buffer.writeStaticString("{")
        buffer.writeMember("id", self.id)
        buffer.writeMember("clientId", self.clientID)
        buffer.writeMember("transport", self.transport)
        buffer.writeMember("nsp", self.namespace)
        buffer.writeName("data")
        buffer.writeImmutableBuffer(self.data)
        buffer.writeName("handshake")
        buffer.writeImmutableBuffer(self.handshake)
        buffer.writeName("rooms")
        buffer.writeStaticString("[")
        for room in self.rooms { buffer.writeArguments(room) }
        buffer.writeStaticString("]}")
    }

    /// The data of a socket as an object, without what is there for the UI itself.
    static func shown(_ data: JSONValue, _ maximumBytes: Int) -> ByteBuffer {
        var buffer = ByteBuffer()
        guard data.bytes.readableBytes <= maximumBytes else {
            buffer.writeString(#"{"…":"\#(data.bytes.readableBytes) bytes, too many to be shown"}"#)
            return buffer
        }
        buffer.writeStaticString("{")
        for member in data.members where !member.isNamed("_admin") {
            buffer.writeComma()
            buffer.writeJSON(member.key)
            buffer.writeStaticString(":")
            buffer.writeJSON(member.value)
        }
        buffer.writeStaticString("}")
        return buffer
    }

    private static func handshake(_ handshake: JSONValue, _ maximumBytes: Int) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeStaticString("{")
        for name in ["address", "headers", "query", "issued", "secure", "time", "url", "xdomain"] {
            guard let value = handshake.member(name) else { continue }
            if name == "headers" {
                buffer.writeName(name)
                self.writeHeaders(value, maximumBytes, into: &buffer)
            } else if value.bytes.readableBytes <= self.maximumHeaderBytes {
                buffer.writeName(name)
                buffer.writeJSON(value)
            } else {
                buffer.writeName(name)
                buffer.writeString(value.kind == .object ? "{}" : #""(too long to be shown)""#)
            }
        }
        buffer.writeStaticString("}")
        return buffer
    }

    private static func writeHeaders(_ headers: JSONValue, _ maximumBytes: Int, into buffer: inout ByteBuffer) {
        let end = buffer.readableBytes + maximumBytes
        buffer.writeStaticString("{")
        for member in headers.members where buffer.readableBytes < end {
            buffer.writeComma()
            buffer.writeJSON(member.key)
            buffer.writeStaticString(":")
            if self.secretHeaders.contains(member.key.stringValue?.lowercased() ?? "") {
                buffer.writeJSONString("(hidden)")
            } else if member.value.bytes.readableBytes <= self.maximumHeaderBytes {
                buffer.writeJSON(member.value)
            } else {
                buffer.writeJSONString("(too long to be shown)")
            }
        }
        buffer.writeStaticString("}")
    }
}
