// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import SocketIOCore
import WireJSON

/// The messages of python-socketio's managers (5.14 and later, `pubsub_manager.py`), for all namespaces on one channel.
///
/// | message | what |
/// |---|---|
/// | `{"method":"emit","event":…,"data":[…],"binary":…,"namespace":…,"room":…,"skip_sid":…,"callback":…,"host_id":…}` | send to `room`, a name or a list of them, or to everybody; not to `skip_sid` |
/// | `{"method":"disconnect","sid":…,"namespace":…}` | put a client out |
/// | `{"method":"enter_room","sid":…,"room":…,"namespace":…}`, `leave_room` | move a client |
/// | `{"method":"close_room","room":…,"namespace":…}` | make everybody leave |
/// | `{"method":"callback","host_id":…,"sid":…,"namespace":…,"id":…,"args":[…]}` | what a client answered |
///
/// `data` is the list of arguments, `[null]` for none. With `"binary":true` its first element is that list, and what its placeholders stand for
/// follows in base64. Every process gets every message, so each acts on its own sockets only.
struct PythonWire: Sendable {
    /// How long a client may take to answer what has a callback; python-socketio sets no limit.
    static let callbackTimeout = Duration.seconds(60)
    /// The beginning of the names of our processes: what one of us emits has come to the others already.
    static let hostPrefix = "martlet-"

    let node: NodeID
    let limits: SocketIOLimits
    /// What names mean besides rooms of realm 0.
    let realm: UInt8

    /// Reads what came on the channel.
    /// - Returns: The namespace, and what to do there; nothing if that is for others to do.
    func decode(_ body: ByteBuffer) throws(RedisWireError) -> (namespace: String, message: ClusterMessage)? {
        guard let root = try? JSONValue(validating: body, maximumDepth: self.limits.maximumDepth) else {
            throw RedisWireError(.malformed)
        }
        guard let method = root.member("method")?.stringValue else { throw RedisWireError(.unexpected) }
        if root.member("host_id")?.stringValue?.rest(behind: Self.hostPrefix) != nil { return nil }
        let namespace = root.member("namespace")?.stringValue ?? SocketIOPacket.mainNamespace
        switch method {
        case "emit":
            return (namespace, try self.emit(root, namespace))
        case "disconnect":
            return (namespace, .disconnect(try Self.client(root), closing: false))
        case "enter_room":
            return (namespace, .join(try Self.rooms(root), try Self.client(root)))
        case "leave_room":
            return (namespace, .leave(try Self.rooms(root), try Self.client(root)))
        case "close_room":
            let rooms = try Self.rooms(root)
            return (namespace, .leave(rooms, BroadcastTarget(rooms: rooms)))
        default:
            return nil
        }
    }

    private static func client(_ root: JSONValue) throws(RedisWireError) -> BroadcastTarget {
        // Without an id it would be everybody.
        guard let id = root.member("sid")?.stringValue else { throw RedisWireError(.unexpected) }
        return BroadcastTarget(rooms: [Room(id)])
    }

    private static func rooms(_ root: JSONValue) throws(RedisWireError) -> [Room] {
        let rooms = WireOptions.texts(root.member("room")).map { Room($0) }
        guard !rooms.isEmpty else { throw RedisWireError(.unexpected) }
        return rooms
    }

    /// The rooms that names stand for in what is sent.
    private func targets(_ names: JSONValue?) -> [Room] {
        WireOptions.texts(names).flatMap { name in
            self.realm == 0 ? [Room(name)] : [Room(name, realm: self.realm), Room(name)]
        }
    }

    private func emit(_ root: JSONValue, _ namespace: String) throws(RedisWireError) -> ClusterMessage {
        guard let name = root.member("event"), name.kind == .string else { throw RedisWireError(.unexpected) }
        let room = root.member("room")
        let target = BroadcastTarget(
            rooms: self.targets(room),
            except: self.targets(root.member("skip_sid"))
        )
        // A list without a name in it is for nobody.
        if let room, room.kind != .null, target.rooms.isEmpty { throw RedisWireError(.unexpected) }
        let (arguments, attachments) = try self.arguments(root)
        var json = ByteBuffer()
        json.writeInteger(UInt8(ascii: "["))
        json.writeJSON(name)
        for argument in arguments {
            json.writeInteger(UInt8(ascii: ","))
            json.writeJSON(argument)
        }
        json.writeInteger(UInt8(ascii: "]"))
        let event: BroadcastEvent
        do {
            let payload = try JSONValue(validating: json, maximumDepth: self.limits.maximumDepth)
            event = try BroadcastEvent(payload, attachments, namespace: namespace, limits: self.limits)
        } catch {
            throw RedisWireError(.event)
        }
        guard let callback = root.member("callback"), Array(callback.elements).count == 3,
            let host = root.member("host_id")
        else { return .broadcast(event, target) }
        let id = PythonCallback(host: host, callback: callback).id
        return .ask(id, event, target, timeout: Self.callbackTimeout)
    }

    private func arguments(_ root: JSONValue) throws(RedisWireError) -> ([JSONValue], [ByteBuffer]) {
        guard let data = root.member("data") else { return ([], []) }
        // Earlier versions do not say whether there is binary data, of which they have none, and know one argument only.
        guard let isBinary = root.member("binary")?.boolValue, data.kind == .array else {
            return (data.kind == .null ? [] : [data], [])
        }
        var elements = Array(data.elements)
        var attachments: [ByteBuffer] = []
        if isBinary {
            guard let list = elements.first, list.kind == .array else { throw RedisWireError(.unexpected) }
            guard elements.count - 1 <= self.limits.maximumAttachments else { throw RedisWireError(.event) }
            for element in elements.dropFirst() {
                guard let text = element.stringValue, let bytes = Base64.decode(ByteBuffer(string: text)) else {
                    throw RedisWireError(.malformed)
                }
                attachments.append(bytes)
            }
            elements = Array(list.elements)
        }
        if elements.count == 1, elements[0].kind == .null { elements = [] }
        return (elements, attachments)
    }
}
