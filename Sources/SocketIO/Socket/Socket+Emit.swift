// Licensed under the MIT licence.

import EngineIOCore
public import NIOCore
public import SocketIOCore

extension Socket {
    /// Sends an event to this client.
    /// - Throws: `EncodingError`; nothing is sent then.
    public func emit(_ event: String, _ arguments: any Encodable & Sendable...) throws {
        let encoded = try EncodedArguments(arguments)
        self.emit(raw: event, arguments: encoded.json, attachments: encoded.attachments)
    }

    /// Sends an event whose arguments are JSON already: values joined by commas.
    ///
    /// `isVolatile`: drop the event if it cannot leave at once.
    public func emit(
        raw event: String,
        arguments: ByteBuffer = ByteBuffer(),
        attachments: [ByteBuffer] = [],
        isVolatile: Bool = false
    ) {
        guard let sequencer = self.namespace.sequencer else {
            let message = self.parser.event(
                event,
                arguments: arguments,
                namespace: self.namespace.name,
                attachments: attachments
            )
            return self.shard.run { self.send(event, arguments, attachments, message, isVolatile) }
        }
        let item: Sequencer.Item = { offset, current in
            let message = self.parser.event(
                event,
                arguments: self.isPlain
                    ? arguments : Sequencer.arguments(arguments, offset, current) ?? arguments,
                namespace: self.namespace.name,
                attachments: attachments
            )
            self.shard.run { self.send(event, arguments, attachments, message, isVolatile) }
        }
        if isVolatile || self.isPlain {
            sequencer.pass(item)
        } else {
            let target = BroadcastTarget(rooms: [.direct(to: self.id)])
            sequencer.pass(
                RecoverableEvent(name: event, arguments: arguments, attachments: attachments, target: target),
                item
            )
        }
    }

    private func send(
        _ event: String,
        _ arguments: ByteBuffer,
        _ attachments: [ByteBuffer],
        _ message: EngineMessage,
        _ isVolatile: Bool
    ) {
        guard self.isConnected else { return }
        if self.part.hasOutgoingListeners {
            self.noteOutgoing(OutgoingEvent(name: event, rawArguments: arguments, attachments: attachments))
        }
        self.client.send(message, isVolatile: isVolatile)
    }

    /// Calls back, on ``shard``, once all that was emitted to this client before has left, or the client has.
    ///
    /// For senders of much: what waits for a client counts against its byte budget.
    public func whenFlushed(_ job: @escaping @Sendable () -> Void) {
        self.inOrder { _ in self.client.connection.whenFlushed(job) }
    }

    /// Sends an event and waits for the client's acknowledgement.
    ///
    /// `timeout`: how long to wait; the server's default if not given.
    /// - Throws: ``AckError``, or `EncodingError` when nothing was sent.
    public func emitWithAck(
        _ event: String,
        _ arguments: any Encodable & Sendable...,
        timeout: Duration? = nil
    ) async throws -> AckReply {
        let encoded = try EncodedArguments(arguments)
        return try await self.emitWithAck(
            raw: event,
            arguments: encoded.json,
            attachments: encoded.attachments,
            timeout: timeout
        )
    }

    /// Sends an event whose arguments are JSON already, and waits for the client's acknowledgement.
    ///
    /// `timeout`: how long to wait; the server's default if not given.
    /// - Throws: ``AckError``.
    public func emitWithAck(
        raw event: String,
        arguments: ByteBuffer,
        attachments: [ByteBuffer] = [],
        timeout: Duration? = nil
    ) async throws -> AckReply {
        let timeout = timeout ?? self.namespace.options.acknowledgementTimeout
        return try await withCheckedThrowingContinuation { continuation in
            self.inOrder { _ in
                self.emit(raw: event, arguments, attachments, awaitingAnswerFor: timeout) {
                    continuation.resume(with: $0)
                }
            }
        }
    }

    /// Sends an event whose arguments are JSON already, and calls back with the client's acknowledgement.
    ///
    /// Called on ``shard`` the event leaves in the order of the calls, which a task that waits for the answer does not promise.
    ///
    /// - Parameters:
    ///   - event: The event's name.
    ///   - arguments: JSON values joined by commas.
    ///   - attachments: What their placeholders stand for.
    ///   - timeout: How long to wait; the server's default if not given.
    ///   - onAnswer: Called exactly once, on ``shard``.
    public func emit(
        raw event: String,
        arguments: ByteBuffer,
        attachments: [ByteBuffer] = [],
        timeout: Duration? = nil,
        onAnswer: @escaping @Sendable (Result<AckReply, AckError>) -> Void
    ) {
        let timeout = timeout ?? self.namespace.options.acknowledgementTimeout
        self.inOrder { _ in
            self.emit(raw: event, arguments, attachments, awaitingAnswerFor: timeout, onAnswer)
        }
    }

    private func emit(
        raw event: String,
        _ arguments: ByteBuffer,
        _ attachments: [ByteBuffer],
        awaitingAnswerFor timeout: Duration,
        _ callback: @escaping AckCallback
    ) {
        guard self.isConnected else { return callback(.failure(.disconnected)) }
        let id = self.part.nextAckID()
        guard self.awaitAcknowledgement(id, within: timeout, callback) else {
            return callback(.failure(.tooManyPending))
        }
        let message = self.parser.event(
            event,
            arguments: arguments,
            namespace: self.namespace.name,
            ackID: id,
            attachments: attachments
        )
        self.send(event, arguments, attachments, message, false)
    }
}
