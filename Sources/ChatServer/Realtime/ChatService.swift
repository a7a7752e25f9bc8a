// Licensed under the MIT licence.

import Chat
import EngineIOCore
import Logging
import NIOCore
import SocketIO
import SocketIOCore
import Tracing

/// The chat on a Socket.IO server: carries events from sockets to the homes of rooms and users, and back.
final class ChatService: Sendable {
    let namespace: Namespace
    let settings: ChatSettings
    private let store: any MessageStore
    let homes: [ChatShard]
    private let cluster: (any ChatCluster)?
    let access: ChatAccess
    let expiries: [TokenExpiries]
    private let tracer: (any Tracer)?

    init(
        io: SocketIO.Server,
        store: any MessageStore,
        cluster: (any ChatCluster)? = nil,
        access: ChatAccess = ChatAccess(),
        settings: ChatSettings,
        logger: Logger,
        tracer: (any Tracer)? = nil
    ) {
        self.tracer = tracer
        let namespace = io.of("/")
        self.namespace = namespace
        self.settings = settings
        self.store = store
        self.homes = io.shards.map { shard in
            ChatShard(
                shard: shard,
                namespace: namespace,
                store: store,
                cluster: cluster,
                settings: settings,
                logger: logger
            )
        }
        self.cluster = cluster
        self.access = access
        self.expiries = io.shards.map(TokenExpiries.init)
    }

    var limits: ChatLimits { self.settings.limits }

    /// The home of a room.
    func home(of room: RoomID) -> ChatShard {
        self.homes[HomeShard.index(of: room, count: self.homes.count)]
    }

    /// The home of a user.
    func home(of user: UserID) -> ChatShard {
        self.homes[HomeShard.index(of: user, count: self.homes.count)]
    }

    /// Sets the handlers.
    ///
    /// Call once, before the first connection.
    func register() {
        for expiries in self.expiries { expiries.onExpiry { self.expired($0) } }
        self.namespace.onConnectInline { self.connected($0) }
        self.namespace.onDisconnectInline { self.disconnected($0, $1) }
        for event in ClientEvent.allCases {
            self.namespace.onInline(event.rawValue) { self.received(event, $1, from: $0) }
        }
        self.namespace.onUnknownInline { socket, event in
            self.receivedUnknown(event, from: socket)
        }
        if let cluster {
            self.renamed(cluster.names)
            cluster.start(self)
        }
    }

    private func connected(_ socket: Socket) {
        let limits = self.settings.rateLimits
        let connection = ChatConnection(
            session: ChatSession(rateLimits: limits, now: socket.shard.now),
            counters: self.homes[socket.shard.index].counters,
            trace: TraceScope(self.tracer?.context(of: socket.handshake.connection))
        )
        socket.inlineState = connection
        if !socket.recovered || !self.restore(socket, connection) {
            self.authenticateFromHandshake(socket, connection)
        }
    }

    private func disconnected(_ socket: Socket, _ reason: DisconnectReason) {
        defer { socket.inlineState = nil }
        ChatConnection.of(socket).map { self.forgetExpiry(of: socket, $0) }
        guard let connection = ChatConnection.of(socket), let remains = connection.session.end() else { return }
        let member = ChatMember(socket: socket)
        let isAwaited = socket.mayReturn(after: reason)
        for room in remains.rooms {
            let home = self.home(of: room)
            home.shard.run { home.left(member, room, isAwaited: isAwaited) }
        }
        let home = self.home(of: remains.user.id)
        home.shard.run { home.disconnected(member, of: remains.user.id) }
        guard self.cluster != nil else { return }
        for user in remains.watched {
            let home = self.home(of: user)
            // Not before it watches.
            home.shard.execute { home.perform(home.watched.unwatch(user, by: member)) }
        }
    }
}

extension Socket {
    /// Tells the client that its event was refused: in the acknowledgement if it asked for one, and as an `error` event.
    func refuse(_ event: ClientEvent, _ error: ChatError, _ acknowledgement: Acknowledgement?) {
        self.refuse(event.rawValue, error, acknowledgement)
    }

    /// As above, for events that are none of the contract's.
    func refuse(_ name: String, _ error: ChatError, _ acknowledgement: Acknowledgement?) {
        // A join is refused by the home of its room.
        self.shard.run { ChatConnection.of(self)?.counters.refused(error.code) }
        acknowledgement?.send(raw: ChatReply.error(error))
        self.emit(raw: ServerEvent.error.rawValue, arguments: ServerPayload.error(error, event: name))
    }
}
