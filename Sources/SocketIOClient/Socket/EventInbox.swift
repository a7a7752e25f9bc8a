// Licensed under the MIT licence.

internal import NIOCore

/// Events that have come, and tests that wait for one.
///
/// On one event loop only.
final class EventInbox {
    private struct Waiter {
        var id: Int
        /// `nil` takes any event.
        var name: String?
        var promise: EventLoopPromise<ClientEvent>
    }

    private let eventLoop: any EventLoop
    private var events: [ClientEvent] = []
    private var waiters: [Waiter] = []
    private var nextWaiter = 0
    private var closeReason: ClientCloseReason?

    init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    /// Hands the event to whoever has waited longest for it, or keeps it; `false` when too many are kept already.
    func add(_ event: ClientEvent, limit: Int) -> Bool {
        if let index = self.waiters.firstIndex(where: { $0.name == nil || $0.name == event.name }) {
            self.waiters.remove(at: index).promise.succeed(event)
            return true
        }
        guard self.events.count < limit else { return false }
        self.events.append(event)
        return true
    }

    /// The oldest kept event of that name, else the next.
    ///
    /// What came before the end can still be taken after it.
    func take(_ name: String?, within: TimeAmount) -> EventLoopFuture<ClientEvent> {
        if let index = self.events.firstIndex(where: { name == nil || $0.name == name }) {
            return self.eventLoop.makeSucceededFuture(self.events.remove(at: index))
        }
        if let reason = self.closeReason { return self.eventLoop.makeFailedFuture(ClientError.closed(reason)) }
        let id = self.nextWaiter
        self.nextWaiter += 1
        let promise = self.eventLoop.makePromise(of: ClientEvent.self)
        self.waiters.append(Waiter(id: id, name: name, promise: promise))
        self.eventLoop.assumeIsolated().scheduleTask(in: within) {
            guard let index = self.waiters.firstIndex(where: { $0.id == id }) else { return }
            self.waiters.remove(at: index).promise.fail(ClientError.timedOut("the event \(name ?? "(any)")"))
        }
        return promise.futureResult
    }

    func takeAll() -> [ClientEvent] {
        let events = self.events
        self.events = []
        return events
    }

    func close(_ reason: ClientCloseReason) {
        self.closeReason = reason
        let waiters = self.waiters
        self.waiters = []
        for waiter in waiters { waiter.promise.fail(ClientError.closed(reason)) }
    }
}
