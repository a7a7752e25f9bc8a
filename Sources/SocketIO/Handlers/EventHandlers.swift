// Licensed under the MIT licence.

public import SocketIOCore

/// Something whose events can be handled: one ``Socket``, or all sockets of a ``Namespace`` or a ``ParentNamespace``.
///
/// A socket's own handlers come before those of its namespace: of the handlers for an event only the first found is called, of
/// listeners and middleware all are, the namespace's first.
public protocol EventHandlers: Sendable {
    /// Changes what happens on events.
    ///
    /// The other methods are made of this one. Not for conformances outside this library.
    func updateEvents(_ change: @escaping @Sendable (inout EventTable) -> Void)
}

extension EventHandlers {
    // MARK: Handlers

    /// Handles an event, its arguments as they came in.
    ///
    /// Events of one socket are handled one after the other, in the order in which they were sent. While a handler waits, no
    /// shard does; a socket whose handlers fall behind by ``ServerOptions/maximumWaitingEvents`` is not read until they catch
    /// up. What a handler throws goes to ``onError(_:)``. The last handler set for an event counts.
    public func on(_ event: String, _ handler: @escaping @Sendable (Socket, Event) async throws -> Void) {
        self.updateEvents { $0.events[event] = .asynchronous(handler) }
    }

    /// Handles an event, its arguments decoded: `on("add") { (socket, a: Int, b: Int) in … }`.
    ///
    /// Arguments that do not decode are an error like those that a handler throws. See <doc:EventsAndAcknowledgements> for the order
    /// of events.
    public func on<each Argument: Decodable & Sendable>(
        _ event: String,
        _ handler: @escaping @Sendable (Socket, repeat each Argument) async throws -> Void
    ) {
        self.on(event) { (socket: Socket, event: Event) in
            let arguments = try event.decode(as: repeat (each Argument).self)
            try await handler(socket, repeat each arguments)
        }
    }

    /// Handles an event and acknowledges it with what the handler returns.
    ///
    /// ```swift
    /// io.of("/").onRequest("add") { (socket, a: Int, b: Int) in a + b }
    /// ```
    /// An event whose arguments do not decode, or whose handler throws, is not acknowledged.
    public func onRequest<each Argument: Decodable & Sendable, Reply: Encodable & Sendable>(
        _ event: String,
        _ handler: @escaping @Sendable (Socket, repeat each Argument) async throws -> Reply
    ) {
        self.on(event) { (socket: Socket, event: Event) in
            let arguments = try event.decode(as: repeat (each Argument).self)
            let reply = try await handler(socket, repeat each arguments)
            try event.acknowledgement?(reply)
        }
    }

    /// Handles an event on the socket's shard, at once.
    ///
    /// Inline handlers must not block; they are for servers that count microseconds. Behind an asynchronous handler, listener or
    /// middleware of the same socket they wait their turn.
    public func onInline(_ event: String, _ handler: @escaping @Sendable (Socket, Event) -> Void) {
        self.updateEvents { $0.events[event] = .inline(handler) }
    }

    /// Handles events that have no handler of their own.
    public func onUnknown(_ handler: @escaping @Sendable (Socket, Event) async throws -> Void) {
        self.updateEvents { $0.unknown = .asynchronous(handler) }
    }

    /// Handles, at once and on the socket's shard, events that have no handler of their own.
    public func onUnknownInline(_ handler: @escaping @Sendable (Socket, Event) -> Void) {
        self.updateEvents { $0.unknown = .inline(handler) }
    }

    /// Takes the handler of an event away.
    public func off(_ event: String) {
        self.updateEvents { $0.events[event] = nil }
    }

    // MARK: All events

    /// Shows every event that comes in to a listener, before middleware and handlers get it.
    public func onAny(_ listener: @escaping @Sendable (Socket, Event) async -> Void) {
        self.updateEvents { $0.incoming.append(listener) }
    }

    /// Takes all listeners of ``onAny(_:)`` away.
    public func offAny() {
        self.updateEvents { $0.incoming = [] }
    }

    /// Shows every event that goes out to a listener, once for each receiver, on the socket's shard.
    ///
    /// A listener must not block. It sees broadcasts as well, but neither acknowledgements nor what is sent by
    /// `Namespace.emit` to sockets of other processes.
    public func onAnyOutgoing(_ listener: @escaping @Sendable (Socket, OutgoingEvent) -> Void) {
        self.updateEvents { $0.outgoing.append(listener) }
    }

    /// Takes all listeners of ``onAnyOutgoing(_:)`` away.
    public func offAnyOutgoing() {
        self.updateEvents { $0.outgoing = [] }
    }

    // MARK: Middleware and errors

    /// Adds a check that every event passes before its handler gets it.
    ///
    /// Checks run in the order in which they were added. An event whose check throws is dropped; the error goes to
    /// ``onError(_:)``.
    public func use(_ middleware: @escaping @Sendable (Socket, Event) async throws -> Void) {
        self.updateEvents { $0.middleware.append(middleware) }
    }

    /// Tells what handlers and event middleware have thrown.
    ///
    /// Errors are logged at `debug` without their texts, which may hold what clients sent, and otherwise ignored.
    public func onError(_ handler: @escaping @Sendable (Socket, Event, any Error) async -> Void) {
        self.updateEvents { $0.errors.append(handler) }
    }

    /// Handles each event once, however often clients send it: for clients with the option `retries`.
    ///
    /// Such a client sends an event again when its acknowledgement is late, also over a new connection. Of events with the same
    /// key only the first is handled; the others get the first's acknowledgement, now or when it comes.
    ///
    /// ```swift
    /// io.of("/").useIdempotencyKeys { _, event in event.firstArgument?.member("client_id")?.stringValue }
    /// ```
    /// - Parameters:
    ///   - window: How much is remembered, and for how long.
    ///   - key: What tells a repeat from an event of its own, on the socket's shard; nothing for events that may be repeated.
    ///     Keys that clients choose should have the user in front, so that none can ask for another's answer.
    public func useIdempotencyKeys(
        window: IdempotencyWindow = IdempotencyWindow(),
        key: @escaping @Sendable (Socket, Event) -> String?
    ) {
        let repeats = RepeatedEvents(window: window, key: key)
        self.updateEvents { $0.repeats = repeats }
    }
}
