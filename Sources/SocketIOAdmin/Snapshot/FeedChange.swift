// Licensed under the MIT licence.

import SocketIO
import WireJSON

/// What an event of the feed changes in the picture that an admin has of the sockets.
enum FeedChange: Sendable {
    case connected(ReportedSocket)
    case disconnected(SocketSnapshot.Key)
    case joined(SocketSnapshot.Key, room: String)
    case left(SocketSnapshot.Key, room: String)
    case updated(SocketSnapshot.Key, JSONValue)

    /// Reads an event; nothing for events that change nothing.
    init?(_ event: OutgoingEvent) {
        switch event.name {
        case "socket_connected":
            guard let socket = event.arguments.first.flatMap(ReportedSocket.init(reported:)) else { return nil }
            self = .connected(socket)
        case "socket_updated":
            guard let update = event.arguments.first, let id = update.member("id")?.stringValue,
                let namespace = update.member("nsp")?.stringValue
            else { return nil }
            self = .updated(.init(namespace: namespace, id: id), update.copied())
        case "socket_disconnected", "room_joined", "room_left":
            let texts = event.arguments.prefix(3).compactMap(\.stringValue)
            guard texts.count == 3 else { return nil }
            switch event.name {
            case "room_joined": self = .joined(.init(namespace: texts[0], id: texts[2]), room: texts[1])
            case "room_left": self = .left(.init(namespace: texts[0], id: texts[2]), room: texts[1])
            default: self = .disconnected(.init(namespace: texts[0], id: texts[1]))
            }
        default:
            return nil
        }
    }
}
