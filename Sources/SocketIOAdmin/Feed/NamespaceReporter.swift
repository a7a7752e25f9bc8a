// Licensed under the MIT licence.

import SocketIO
import SocketIOCore

/// Reports what happens in one namespace.
struct NamespaceReporter: SocketObserver {
    let namespace: String
    let feed: AdminFeed

    var isWatching: Bool { self.feed.isWatched }

    func joined(_ socket: Socket) {
        let (namespace, id) = (self.namespace, socket.id)
        socket.data.observe { [feed] data in
            if feed.isWatched { feed.socketUpdated(namespace, id, data: data.json) }
        }
        guard self.feed.isWatched else { return }
        // A socket's own room is one like any other to the UI; our rooms do not list it.
        self.feed.roomJoined(namespace, id, id)
        self.feed.socketConnected(
            ReportedSocket(socket.described(), namespace: namespace, maximumShownBytes: self.feed.maximumShownBytes)
        )
    }

    func left(_ socket: Socket, _ reason: DisconnectReason) {
        guard self.feed.isWatched else { return }
        self.feed.roomLeft(self.namespace, socket.id, socket.id)
        self.feed.socketDisconnected(self.namespace, socket.id, reason.rawValue)
    }

    func roomChanged(_ event: RoomEvent) {
        guard self.feed.isWatched else { return }
        switch event {
        case .joined(let room, let id) where room.realm == 0: self.feed.roomJoined(self.namespace, room.name, id)
        case .left(let room, let id) where room.realm == 0: self.feed.roomLeft(self.namespace, room.name, id)
        // Other realms are the application's own affair; created and deleted rooms show by their members.
        case .joined, .left, .created, .deleted: break
        }
    }

    func received(_ event: Event, by socket: Socket) {
        guard self.feed.isWatched else { return }
        self.feed.event(
            .received,
            self.namespace,
            socket.id,
            .init(name: event.name, arguments: event.rawArguments, attachments: event.attachments)
        )
    }

    func sent(_ event: OutgoingEvent, to socket: Socket) {
        self.feed.event(
            .sent,
            self.namespace,
            socket.id,
            .init(name: event.name, arguments: event.rawArguments, attachments: event.attachments)
        )
    }
}
