// Licensed under the MIT licence.

/// What happens on an event: at once on the socket's shard, or in a task in the socket's order.
enum EventHandler: Sendable {
    case inline(@Sendable (Socket, Event) -> Void)
    case asynchronous(@Sendable (Socket, Event) async throws -> Void)
}

/// What happens on the events of a socket, or of all sockets of a namespace.
///
/// Filled by the methods of ``EventHandlers``; opaque otherwise.
public struct EventTable: Sendable {
    var events: [String: EventHandler] = [:]
    var unknown: EventHandler?
    /// Observers that make nothing wait, unlike `incoming`.
    var arrivals: [@Sendable (Socket, Event) -> Void] = []
    var incoming: [@Sendable (Socket, Event) async -> Void] = []
    var middleware: [@Sendable (Socket, Event) async throws -> Void] = []
    var outgoing: [@Sendable (Socket, OutgoingEvent) -> Void] = []
    var errors: [@Sendable (Socket, Event, any Error) async -> Void] = []
    var repeats: RepeatedEvents?

    /// Whether an event goes straight to its handler.
    var isDirect: Bool { self.incoming.isEmpty && self.middleware.isEmpty && self.repeats == nil }
}

/// What happens in a namespace.
///
/// Filled by the methods of ``NamespaceHandlers``; opaque otherwise.
public struct HandlerTable: Sendable {
    var connectInline: [@Sendable (Socket) -> Void] = []
    var connect: [@Sendable (Socket) async -> Void] = []
    var disconnectInline: [@Sendable (Socket, DisconnectReason) -> Void] = []
    var disconnect: [@Sendable (Socket, DisconnectReason) async -> Void] = []
    var events = EventTable()
    var middleware: [@Sendable (Socket) async throws -> Void] = []
    var serverSide: [String: @Sendable (ServerSideEvent) async -> Void] = [:]
    var roomObservers: [@Sendable (RoomEvent) -> Void] = []
    /// What sees events on their way as long as it watches.
    var outgoingObservers: [any SocketObserver] = []
    /// Whether those who fetch sockets are told of their connections, too.
    var describesConnections = false
}
