// Licensed under the MIT licence.

/// What happens on an event: at once on the socket's shard, or in a task in the socket's order.
enum EventHandler: Sendable {
    case inline(@Sendable (Socket, Event) -> Void)
    case asynchronous(@Sendable (Socket, Event) async throws -> Void)
}

/// The handlers of a namespace.
struct HandlerTable: Sendable {
    var connectInline: [@Sendable (Socket) -> Void] = []
    var connect: [@Sendable (Socket) async -> Void] = []
    var disconnectInline: [@Sendable (Socket, DisconnectReason) -> Void] = []
    var disconnect: [@Sendable (Socket, DisconnectReason) async -> Void] = []
    var events: [String: EventHandler] = [:]
    var unknown: EventHandler?
}
