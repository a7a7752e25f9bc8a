// Licensed under the MIT licence.

/// Something that sockets join: a ``Namespace``, or all namespaces of a ``ParentNamespace``.
public protocol NamespaceHandlers: EventHandlers {
    /// Changes what happens when sockets join, send and leave.
    ///
    /// The other methods are made of this one. Not for conformances outside this library.
    func update(_ change: @escaping @Sendable (inout HandlerTable) -> Void)
}

extension NamespaceHandlers {
    /// Changes what happens on events.
    public func updateEvents(_ change: @escaping @Sendable (inout EventTable) -> Void) {
        self.update { change(&$0.events) }
    }

    /// Calls a handler for each socket that joins, before any of its events are handled.
    ///
    /// The socket's events wait for it.
    public func onConnect(_ handler: @escaping @Sendable (Socket) async -> Void) {
        self.update { $0.connect.append(handler) }
    }

    /// Calls a handler for each socket that joins, on the socket's shard, before any of its events are handled.
    ///
    /// Inline handlers must not block; they are for servers that count microseconds.
    public func onConnectInline(_ handler: @escaping @Sendable (Socket) -> Void) {
        self.update { $0.connectInline.append(handler) }
    }

    /// Calls a handler for each socket that has left, after its last event.
    public func onDisconnect(_ handler: @escaping @Sendable (Socket, DisconnectReason) async -> Void) {
        self.update { $0.disconnect.append(handler) }
    }

    /// Calls a handler for each socket that leaves, at once and on its shard.
    public func onDisconnectInline(_ handler: @escaping @Sendable (Socket, DisconnectReason) -> Void) {
        self.update { $0.disconnectInline.append(handler) }
    }

    /// Adds a check that every client passes before it may join.
    ///
    /// Checks run in the order in which they were added. The socket is not a member yet: it has a handshake, but nothing can be
    /// emitted to it. Throw ``ConnectionRefusal`` to keep the client out.
    public func use(_ middleware: @escaping @Sendable (Socket) async throws -> Void) {
        self.update { $0.middleware.append(middleware) }
    }

    /// Tells when rooms come and go, and who joins and leaves them, in this process.
    ///
    /// Called on the shard of the socket concerned; must not block. Set observers before the first client connects: only what
    /// happens from then on is told. A socket's own room, named by its id, is not.
    public func onRoomEvent(_ observer: @escaping @Sendable (RoomEvent) -> Void) {
        self.update { $0.roomObservers.append(observer) }
    }

    /// Handles an event that another server of the cluster has sent with `serverSideEmit`.
    ///
    /// Events may be handled at the same time, and in any order. The last handler set for an event counts.
    public func onServerSide(_ event: String, _ handler: @escaping @Sendable (ServerSideEvent) async -> Void) {
        self.update { $0.serverSide[event] = handler }
    }
}
