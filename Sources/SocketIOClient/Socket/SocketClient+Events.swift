// Licensed under the MIT licence.

package import NIOCore
internal import SocketIOCore

extension SocketClient {
    /// Emits an event.
    ///
    /// Each argument is one JSON value. With attachments it is a binary event, and placeholders in the arguments stand
    /// for them.
    package func emit(_ event: String, _ arguments: String..., attachments: [ByteBuffer] = []) async throws {
        try await self.eventLoop.submit { self.write(event, arguments, attachments, ackID: nil) }.get()
    }

    /// Emits an event and waits for the server's acknowledgement.
    package func emitWithAck(
        _ event: String,
        _ arguments: String...,
        attachments: [ByteBuffer] = [],
        within: TimeAmount = .seconds(60)
    ) async throws -> ClientAnswer {
        try await self.eventLoop.flatSubmit {
            let id = self.nextAckID
            self.nextAckID += 1
            let promise = self.eventLoop.makePromise(of: ClientAnswer.self)
            self.answers[id] = promise
            self.write(event, arguments, attachments, ackID: id)
            self.eventLoop.scheduleTask(in: within) {
                guard let promise = self.answers.removeValue(forKey: id) else { return }
                promise.fail(ClientError.timedOut("the acknowledgement of \(event)"))
            }
            return promise.futureResult
        }.get()
    }

    /// Answers an event for which the server asked for an acknowledgement; does nothing for other events.
    package func acknowledge(_ event: ClientEvent, _ arguments: String..., attachments: [ByteBuffer] = []) async throws
    {
        guard let id = event.ackID else { return }
        try await self.eventLoop.submit {
            let raw = ByteBuffer(string: arguments.joined(separator: ","))
            self.session.send(
                PacketEncoder.ack(id, arguments: raw, namespace: self.namespace, attachments: attachments)
            )
        }.get()
    }

    /// The oldest event of that name that has not been taken yet, or the next one to come.
    ///
    /// Other events stay where they are.
    package func next(_ event: String, within: TimeAmount = .seconds(60)) async throws -> ClientEvent {
        try await self.eventLoop.flatSubmit { self.inbox.take(event, within: within) }.get()
    }

    /// The oldest event that has not been taken yet, of any name, or the next one to come.
    package func nextEvent(within: TimeAmount = .seconds(60)) async throws -> ClientEvent {
        try await self.eventLoop.flatSubmit { self.inbox.take(nil, within: within) }.get()
    }

    /// Takes all events that have come and have not been taken, without waiting.
    package func takeEvents() async throws -> [ClientEvent] {
        try await self.eventLoop.submit { self.inbox.takeAll() }.get()
    }

    /// Sends an Engine.IO message exactly as given, such as `2["unfinished`; for tests of a server's rules.
    package func sendRaw(text: String) async throws {
        try await self.eventLoop.submit { self.session.engine.send(text: text) }.get()
    }

    /// Sends a binary Engine.IO message that nothing has announced; for tests of a server's rules.
    package func sendRaw(binary: ByteBuffer) async throws {
        try await self.eventLoop.submit { self.session.engine.send(binary: binary) }.get()
    }

    private func write(_ event: String, _ arguments: [String], _ attachments: [ByteBuffer], ackID: UInt64?) {
        let message = PacketEncoder.event(
            event,
            arguments: ByteBuffer(string: arguments.joined(separator: ",")),
            namespace: self.namespace,
            ackID: ackID,
            attachments: attachments
        )
        self.session.send(message)
    }
}
