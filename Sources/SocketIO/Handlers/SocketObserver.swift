// Licensed under the MIT licence.

/// Sees what happens to the sockets of a namespace, at once and on each socket's shard; for the inspection of a server.
///
/// Must not block.
package protocol SocketObserver: Sendable {
    /// Whether ``sent(_:to:)`` is to be called; asked for each event on its way, so that nothing is done for nobody.
    var isWatching: Bool { get }
    /// A socket is in, before any handler is told.
    func joined(_ socket: Socket)
    /// A socket is out, before any handler is told and after it has left its rooms.
    func left(_ socket: Socket, _ reason: DisconnectReason)
    /// Rooms have changed; not those of single sockets.
    func roomChanged(_ event: RoomEvent)
    /// An event's turn has come, before listeners, middleware and handler get it.
    func received(_ event: Event, by socket: Socket)
    /// An event is on its way, once for each receiver, before listeners get it.
    func sent(_ event: OutgoingEvent, to socket: Socket)
}

extension HandlerTable {
    /// Shows everything to an observer, and describes the sockets' connections to those who fetch them.
    package mutating func observe(with observer: any SocketObserver) {
        self.connectInline.insert({ observer.joined($0) }, at: 0)
        self.disconnectInline.insert({ observer.left($0, $1) }, at: 0)
        self.roomObservers.append { observer.roomChanged($0) }
        self.events.arrivals.append { observer.received($1, by: $0) }
        self.outgoingObservers.append(observer)
        self.describesConnections = true
    }
}
