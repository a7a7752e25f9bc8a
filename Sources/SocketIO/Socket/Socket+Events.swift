// Licensed under the MIT licence.

import EngineIOCore
import Logging
import SocketIOCore

extension Socket {
    /// Handles an event of this socket alone, in place of the namespace's handler for it. See ``Namespace/on(_:_:)-(String,_)``.
    ///
    /// Set in a handler of ``Namespace/onConnect(_:)`` it misses no event.
    public func on(_ event: String, _ handler: @escaping @Sendable (Socket, Event) async throws -> Void) {
        self.shard.run { self.handlers = (self.handlers ?? [:]).merging([event: .asynchronous(handler)]) { $1 } }
    }

    func eventReceived(_ packet: SocketIOPacket) {
        guard let payload = EventPayload(packet) else { return }
        let handlers = self.part.handlers
        guard let handler = self.handlers?[payload.name] ?? handlers.events[payload.name] ?? handlers.unknown else { return }
        let event = Event(
            payload: payload,
            attachments: packet.attachments,
            acknowledgement: packet.ackID.map { Acknowledgement(socket: self, id: $0) }
        )
        switch handler {
        case .inline(let handler) where self.queue == nil: handler(self, event)
        case .inline, .asynchronous: self.enqueue(.event(handler, event))
        }
    }

    /// Puts something behind what this socket's handlers still have to do.
    func enqueue(_ item: EventQueue.Item) {
        if let queue = self.queue {
            queue.append(item)
            if queue.count == self.namespace.server.options.maximumWaitingEvents {
                self.client.connection.pauseReading()
            }
        } else {
            let queue = EventQueue()
            self.queue = queue
            Task { await self.work(first: item) }
        }
    }

    private func work(first: EventQueue.Item) async {
        var next: EventQueue.Item? = first
        while let item = next {
            await self.handle(item)
            next = await withCheckedContinuation { continuation in
                self.shard.execute { continuation.resume(returning: self.nextItem()) }
            }
        }
    }

    private func handle(_ item: EventQueue.Item) async {
        switch item {
        case .joined(let handlers):
            for handler in handlers { await handler(self) }
        case .left(let handlers, let reason):
            for handler in handlers { await handler(self, reason) }
        case .event(.asynchronous(let handler), let event):
            do {
                try await handler(self, event)
            } catch {
                self.namespace.server.logger.debug(
                    "event handler failed",
                    metadata: ["sio.namespace": "\(self.namespace.name)", "sio.event": "\(event.name)", "error": "\(error)"]
                )
            }
        case .event(.inline(let handler), let event):
            self.shard.run { handler(self, event) }
        }
    }

    /// Runs what may run at once, and returns what needs a task; ends the work when there is nothing.
    private func nextItem() -> EventQueue.Item? {
        guard let queue = self.queue else { return nil }
        while let item = queue.popFirst() {
            if queue.count == self.namespace.server.options.maximumWaitingEvents / 2 {
                self.client.connection.resumeReading()
            }
            guard case .event(.inline(let handler), let event) = item else { return item }
            handler(self, event)
        }
        self.queue = nil
        return nil
    }
}

/// What waits for a socket's handlers. Confined to the socket's shard.
final class EventQueue {
    enum Item: Sendable {
        case joined([@Sendable (Socket) async -> Void])
        case event(EventHandler, Event)
        case left([@Sendable (Socket, DisconnectReason) async -> Void], DisconnectReason)
    }

    private var items: [Item] = []
    private var first = 0

    var count: Int { self.items.count - self.first }

    func append(_ item: Item) {
        self.items.append(item)
    }

    func popFirst() -> Item? {
        guard self.first < self.items.count else { return nil }
        defer {
            self.first += 1
            if self.first == self.items.count {
                self.items.removeAll(keepingCapacity: true)
                self.first = 0
            }
        }
        return self.items[self.first]
    }
}
