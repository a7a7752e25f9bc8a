// Licensed under the MIT licence.

import NIOCore
import SocketIO
import SocketIOCore
import WireJSON

/// What admins may make sockets do, unless they may look only.
///
/// Commands that are not well-formed, or name a namespace that is not there, do nothing. Rooms are those of realm 0, so an
/// application's internal rooms are out of reach.
struct AdminCommands: Sendable {
    /// The features that the UI is told of (`@socket.io/admin-ui` 0.5.1, `typed-events.ts`); those with an M are for many sockets.
    static let features = ["EMIT", "JOIN", "LEAVE", "DISCONNECT", "MJOIN", "MLEAVE", "MDISCONNECT"]

    /// The most bytes of the name of an event, a room or a namespace: as many as the server takes of any event's name.
    let maximumNameBytes: Int
    /// Finds a namespace by name, without making one; never the admins' own.
    let namespace: @Sendable (_ name: String) -> Namespace?

    func register(in admin: Namespace) {
        admin.onInline("emit") { _, event in self.emit(event) }
        admin.onInline("join") { _, event in self.change(event) { $0.socketsJoin($1) } }
        admin.onInline("leave") { _, event in self.change(event) { $0.socketsLeave($1) } }
        admin.onInline("_disconnect") { _, event in self.disconnect(event) }
    }

    /// `["emit", namespace, room or socket id or null, event, …arguments]`.
    private func emit(_ event: Event) {
        let arguments = event.arguments
        guard arguments.count >= 3, let receivers = self.receivers(arguments[0], arguments[1]),
            let name = self.name(arguments[2]), !EventPayload.reservedNames.contains(name)
        else { return }
        var rest = ByteBuffer()
        for argument in arguments.dropFirst(3) {
            if rest.readableBytes > 0 { rest.writeStaticString(",") }
            rest.writeJSON(argument)
        }
        receivers.emit(raw: name, arguments: rest, attachments: event.attachments)
    }

    /// `["join", namespace, room, room or socket id or null]`.
    private func change(_ event: Event, _ body: (BroadcastOperator, Room) -> Void) {
        let arguments = event.arguments
        guard arguments.count >= 2, let room = self.name(arguments[1]),
            let sockets = self.receivers(arguments[0], arguments.dropFirst(2).first)
        else { return }
        body(sockets, Room(room))
    }

    /// `["_disconnect", namespace, whether to end the whole connection, room or socket id or null]`.
    private func disconnect(_ event: Event) {
        let arguments = event.arguments
        guard arguments.count >= 2, let closes = arguments[1].boolValue,
            let sockets = self.receivers(arguments[0], arguments.dropFirst(2).first)
        else { return }
        sockets.disconnectSockets(close: closes)
    }

    /// The sockets of a namespace, or those in one of its rooms.
    ///
    /// Like the reference takes whatever JavaScript calls false for no room; but everybody is not what a filter of a wrong type means.
    private func receivers(_ namespace: JSONValue, _ filter: JSONValue?) -> BroadcastOperator? {
        guard let name = self.name(namespace), let namespace = self.namespace(name) else { return nil }
        guard let filter, filter.kind != .null, !filter.isString("") else { return namespace.broadcast }
        return self.name(filter).map { namespace.to(Room($0)) }
    }

    private func name(_ value: JSONValue) -> String? {
        guard value.isString(maximumUTF8Bytes: self.maximumNameBytes), let name = value.stringValue, !name.isEmpty
        else {
            return nil
        }
        return name
    }
}
