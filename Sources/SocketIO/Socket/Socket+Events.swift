// Licensed under the MIT licence.

import EngineIOCore
import Logging
import SocketIOCore

extension Socket {
    /// Handles an event of this socket alone, in place of the namespace's handler for it.
    ///
    /// See ``Namespace/on(_:_:)-(String,_)``.
    ///
    /// Set in a handler of ``Namespace/onConnect(_:)`` it misses no event.
    public func on(_ event: String, _ handler: @escaping @Sendable (Socket, Event) async throws -> Void) {
        self.shard.run {
            // A handler would stay for ever, and often holds the socket.
            guard !self.hasLeft || self.queue != nil else { return }
            self.handlers = (self.handlers ?? [:]).merging([event: .asynchronous(handler)]) { $1 }
        }
    }

    func eventReceived(_ packet: SocketIOPacket) {
        guard let payload = EventPayload(packet) else { return }
        let event = Event(
            payload: payload,
            attachments: packet.attachments,
            acknowledgement: packet.ackID.map { Acknowledgement(socket: self, id: $0) }
        )
        self.enqueue(.event(event))
    }

    /// Does something, or puts it behind what this socket's handlers still have to do.
    func enqueue(_ item: EventQueue.Item) {
        guard let queue = self.queue else {
            guard let work = self.begin(item) else { return }
            self.queue = EventQueue()
            return self.finish(work)
        }
        queue.append(item)
        if !queue.isHoldingReading, queue.count >= self.namespace.server.options.maximumWaitingEvents {
            queue.isHoldingReading = true
            self.client.holdReading()
        }
    }

    /// Does what can be done at once, and returns what needs a task.
    ///
    /// An event's handler is looked up only now: the handlers before it may have set it.
    func begin(_ item: EventQueue.Item) -> EventQueue.Work? {
        switch item {
        case .joined(let handlers):
            return { for handler in handlers { await handler(self) } }
        case .left(let handlers, let reason):
            return { for handler in handlers { await handler(self, reason) } }
        case .event(let event):
            let part = self.part
            switch self.handlers?[event.name] ?? part.handlers.events[event.name] ?? part.handlers.unknown {
            case nil:
                return nil
            case .inline(let handler):
                handler(self, event)
                return nil
            case .asynchronous(let handler):
                return { await self.handle(event, with: handler) }
            }
        }
    }

    /// Finishes what was begun, and then all that waits behind it.
    func finish(_ work: @escaping EventQueue.Work) {
        Task {
            var next: EventQueue.Work? = work
            while let work = next {
                await work()
                next = await withCheckedContinuation { continuation in
                    self.shard.execute { continuation.resume(returning: self.nextWork()) }
                }
            }
        }
    }

    private func handle(_ event: Event, with handler: @Sendable (Socket, Event) async throws -> Void) async {
        do {
            try await handler(self, event)
        } catch {
            self.namespace.server.logger.debug(
                "event handler failed",
                metadata: [
                    "sio.namespace": "\(self.namespace.name)", "sio.event": "\(event.name)",
                    "error": "\(type(of: error))",
                ]
            )
        }
    }

    /// Does what can be done at once, and returns what needs a task; gives the queue up when there is nothing left.
    private func nextWork() -> EventQueue.Work? {
        guard let queue = self.queue else { return nil }
        while let item = queue.popFirst() {
            if queue.isHoldingReading, queue.count <= self.namespace.server.options.maximumWaitingEvents / 2 {
                queue.isHoldingReading = false
                self.client.releaseReading()
            }
            if let work = self.begin(item) { return work }
        }
        self.queue = nil
        if self.hasLeft { self.handlers = nil }
        return nil
    }
}
