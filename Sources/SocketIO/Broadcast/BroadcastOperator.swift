// Licensed under the MIT licence.

import EngineIOCore
public import NIOCore
public import SocketIOCore

/// Whom an event goes to, put together step by step: `io.of("/").to("room").except("bots").emit("news", story)`.
///
/// Each step returns a new value, so one can be kept and used again. Sockets that match several rooms get the event once.
public struct BroadcastOperator: Sendable {
    let namespace: Namespace
    private(set) var target = BroadcastTarget()
    private(set) var acknowledgementTimeout: Duration?

    init(namespace: Namespace, target: BroadcastTarget = BroadcastTarget()) {
        self.namespace = namespace
        self.target = target
    }

    private func changing(_ change: (inout BroadcastOperator) -> Void) -> BroadcastOperator {
        var changed = self
        change(&changed)
        return changed
    }

    /// Adds rooms: who is in any of them gets the event.
    public func to(_ rooms: Room...) -> BroadcastOperator { self.to(rooms) }

    /// Adds rooms: who is in any of them gets the event.
    public func to(_ rooms: [Room]) -> BroadcastOperator { self.changing { $0.target.rooms += rooms } }

    /// Leaves out who is in any of these rooms.
    public func except(_ rooms: Room...) -> BroadcastOperator { self.except(rooms) }

    /// Leaves out who is in any of these rooms.
    public func except(_ rooms: [Room]) -> BroadcastOperator { self.changing { $0.target.except += rooms } }

    /// Only sockets of this process.
    public var local: BroadcastOperator { self.changing { $0.target.isLocal = true } }

    /// Only receivers that can take it at once: nobody waits for, or stores, what is out of date soon.
    public var volatile: BroadcastOperator { self.changing { $0.target.isVolatile = true } }

    /// How long ``emitWithAck(_:_:)`` waits for answers.
    public func timeout(_ duration: Duration) -> BroadcastOperator {
        self.changing { $0.acknowledgementTimeout = duration }
    }

    /// Sends an event.
    /// - Throws: `EncodingError`; nothing is sent then.
    public func emit(_ event: String, _ arguments: any Encodable & Sendable...) throws {
        try self.emit(event, arguments: arguments)
    }

    func emit(_ event: String, arguments: [any Encodable & Sendable]) throws {
        let encoded = try EncodedArguments(arguments)
        self.emit(raw: event, arguments: encoded.json, attachments: encoded.attachments)
    }

    /// Sends an event whose arguments are JSON already: values joined by commas.
    public func emit(raw event: String, arguments: ByteBuffer, attachments: [ByteBuffer] = []) {
        let event = self.namespace.event(event, arguments: arguments, attachments: attachments)
        self.namespace.adapter.broadcast(event, to: self.target)
    }

    /// Sends an event to the matching sockets and gathers their acknowledgements.
    ///
    /// Waits until all have answered or the time is up (``timeout(_:)``, or the server's default).
    /// - Returns: The answers that came, in no particular order, and how many did not.
    /// - Throws: `EncodingError`; nothing is sent then.
    public func emitWithAck(
        _ event: String,
        _ arguments: any Encodable & Sendable...
    ) async throws -> BroadcastAnswers {
        let encoded = try EncodedArguments(arguments)
        let event = self.namespace.event(event, arguments: encoded.json, attachments: encoded.attachments)
        let timeout = self.acknowledgementTimeout ?? self.namespace.options.acknowledgementTimeout
        return await withCheckedContinuation { continuation in
            self.namespace.adapter.broadcast(event, to: self.target, answersWithin: timeout) {
                continuation.resume(returning: $0)
            }
        }
    }

    // MARK: Sockets

    /// The matching sockets of this process.
    public func localSockets() async -> [Socket] {
        await withCheckedContinuation { continuation in
            self.namespace.localSockets.find(self.target) { continuation.resume(returning: $0) }
        }
    }

    /// The matching sockets of every process, as they are now.
    /// - Throws: ``/SocketIOCore/ClusterError`` when a process that is alive did not answer in time.
    public func fetchSockets() async throws -> [RemoteSocket] {
        let descriptions = try await withCheckedThrowingContinuation { continuation in
            self.namespace.adapter.fetchSockets(self.target) { continuation.resume(with: $0) }
        }
        return descriptions.map { RemoteSocket($0, namespace: self.namespace) }
    }

    /// Makes the matching sockets members of rooms.
    public func socketsJoin(_ rooms: Room...) {
        self.namespace.adapter.join(rooms, self.target)
    }

    /// Ends the membership of the matching sockets in rooms.
    public func socketsLeave(_ rooms: Room...) {
        self.namespace.adapter.leave(rooms, self.target)
    }

    /// Puts the matching sockets out of the namespace, or with `close` out of all their namespaces, and ends their connections.
    public func disconnectSockets(close: Bool = false) {
        self.namespace.adapter.disconnect(self.target, closing: close)
    }
}
