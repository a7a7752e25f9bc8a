// Licensed under the MIT licence.

import EngineIOCore
import Logging
import SocketIOCore

extension Socket {
    /// Changes what happens on this socket's events.
    ///
    /// Set in a handler of ``NamespaceHandlers/onConnect(_:)`` a handler misses no event.
    public func updateEvents(_ change: @escaping @Sendable (inout EventTable) -> Void) {
        self.shard.run {
            // A handler would stay for ever, and often holds the socket.
            guard !self.hasLeft || self.queue != nil else { return }
            // Taken out while it changes: with a second reference to it every change would copy what is there already.
            var table = self.handlers.take() ?? EventTable()
            change(&table)
            self.handlers = table
            self.countOutgoingListeners()
        }
    }

    /// Handles the next event of a name, and no further one.
    ///
    /// What the handler was set in place of is gone as well.
    public func once(_ event: String, _ handler: @escaping @Sendable (Socket, Event) async throws -> Void) {
        self.on(event) { (socket: Socket, received: Event) in
            // In the order of the socket's events: the next one finds it gone.
            socket.off(event)
            try await handler(socket, received)
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
        if !queue.isHoldingReading, queue.count >= self.namespace.options.maximumWaitingEvents {
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
            return self.begin(event)
        }
    }

    private func begin(_ event: Event) -> EventQueue.Work? {
        // The tables are looked into where they are: a copy would count a reference to everything in them, for each event.
        let part = self.part
        if !part.handlers.events.arrivals.isEmpty {
            for observer in part.handlers.events.arrivals { observer(self, event) }
        }
        let handler =
            self.handlers?.events[event.name] ?? part.handlers.events.events[event.name]
            ?? self.handlers?.unknown ?? part.handlers.events.unknown
        if part.handlers.events.isDirect, self.handlers?.isDirect ?? true {
            switch handler {
            case nil:
                return nil
            case .inline(let handler):
                handler(self, event)
                return nil
            case .asynchronous(let handler):
                return { await self.handle(event) { try await handler(self, event) } }
            }
        }
        let (shared, own) = (part.handlers.events, self.handlers)
        if let repeats = own?.repeats ?? shared.repeats, !repeats.isFirst(event, of: self) { return nil }
        let listeners = shared.incoming + (own?.incoming ?? [])
        let middleware = shared.middleware + (own?.middleware ?? [])
        return {
            for listener in listeners { await listener(self, event) }
            await self.handle(event) {
                for step in middleware { try await step(self, event) }
                switch handler {
                case nil: break
                case .inline(let handler): await self.onShard { handler(self, event) }
                case .asynchronous(let handler): try await handler(self, event)
                }
            }
        }
    }

    private func onShard(_ body: @escaping @Sendable () -> Void) async {
        await withCheckedContinuation { continuation in
            self.shard.execute {
                body()
                continuation.resume()
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

    private func handle(_ event: Event, _ body: () async throws -> Void) async {
        do {
            try await body()
        } catch {
            self.client.server.logger.debug(
                "event handler failed",
                metadata: [
                    "sio.namespace": "\(self.namespace.name)", "sio.event": "\(event.name)",
                    "error": "\(type(of: error))",
                ]
            )
            let observers = await self.errorHandlers
            for observer in observers { await observer(self, event, error) }
        }
    }

    private var errorHandlers: [@Sendable (Socket, Event, any Error) async -> Void] {
        get async {
            await withCheckedContinuation { continuation in
                self.shard.run {
                    continuation.resume(returning: self.part.handlers.events.errors + (self.handlers?.errors ?? []))
                }
            }
        }
    }

    /// Does what can be done at once, and returns what needs a task; gives the queue up when there is nothing left.
    private func nextWork() -> EventQueue.Work? {
        guard let queue = self.queue else { return nil }
        while let item = queue.popFirst() {
            if queue.isHoldingReading, queue.count <= self.namespace.options.maximumWaitingEvents / 2 {
                queue.isHoldingReading = false
                self.client.releaseReading()
            }
            if let work = self.begin(item) { return work }
        }
        self.queue = nil
        if self.hasLeft { self.handlers = nil }
        return nil
    }

    // MARK: What goes out

    /// Tells listeners of an event that is about to leave.
    func noteOutgoing(_ event: OutgoingEvent) {
        for observer in self.part.handlers.outgoingObservers where observer.isWatching {
            observer.sent(event, to: self)
        }
        for listener in self.part.handlers.events.outgoing { listener(self, event) }
        for listener in self.handlers?.outgoing ?? [] { listener(self, event) }
    }

    /// Keeps the shard's count of sockets with listeners, which broadcasts look at.
    func countOutgoingListeners() {
        let isListening = self.isConnected && self.handlers?.outgoing.isEmpty == false
        guard isListening != self.isCountedAsListening else { return }
        self.isCountedAsListening = isListening
        self.part.outgoingListenerCount += isListening ? 1 : -1
    }
}
