// Licensed under the MIT licence.

import NIOCore
import Synchronization

/// Where any thread hands in work for the event loop.
///
/// What is handed in between two turns is taken over in one, in order: only the first of it wakes the loop.
final class Ingress: Sendable {
    private enum Item {
        case request(RedisRequest)
        case work(@Sendable (ClientCore) -> Void)
    }

    private struct State {
        var items: [Item] = []
        /// How many of the items are requests, and what those cost.
        var count = 0
        var cost = 0
        var isScheduled = false
        var isClosed = false
    }

    private let state = Mutex(State())
    private let core: ClientCore
    private let eventLoop: any EventLoop
    private let maximumCount: Int
    private let maximumCost: Int
    private let counters: RedisCounterStore

    init(
        core: ClientCore,
        eventLoop: any EventLoop,
        configuration: RedisConfiguration,
        counters: RedisCounterStore
    ) {
        self.core = core
        self.counters = counters
        self.eventLoop = eventLoop
        self.maximumCount = configuration.maximumPendingCommands
        self.maximumCost = configuration.maximumPendingBytes
    }

    private enum Admission {
        case admitted(wakes: Bool)
        case refused(RedisError)
    }

    /// Hands in a request.
    ///
    /// - Parameter request: The request; if there is no room its completion is told so, on the event loop too.
    func submit(_ request: RedisRequest) {
        let cost = request.cost
        let admission: Admission = self.state.withLock { state in
            guard !state.isClosed else { return .refused(RedisError(.closed)) }
            guard state.count < self.maximumCount, state.cost + cost <= self.maximumCost else {
                return .refused(RedisError(.queueFull, message: "too much waits for the event loop"))
            }
            state.items.append(.request(request))
            state.count += 1
            state.cost += cost
            defer { state.isScheduled = true }
            return .admitted(wakes: !state.isScheduled)
        }
        switch admission {
        case .admitted(wakes: true): self.wake()
        case .admitted(wakes: false): break
        case .refused(let error):
            if error.code == .queueFull { self.counters.update { $0.refusals += 1 } }
            let completion = request.completion
            self.eventLoop.execute { completion(.failure(error)) }
        }
    }

    /// Hands in anything else.
    func perform(_ work: @escaping @Sendable (ClientCore) -> Void) {
        let wakes = self.state.withLock { state in
            state.items.append(.work(work))
            defer { state.isScheduled = true }
            return !state.isScheduled
        }
        if wakes { self.wake() }
    }

    /// Takes no more requests.
    ///
    /// - Returns: Whether it took some until now.
    @discardableResult
    func close() -> Bool {
        self.state.withLock { state in
            defer { state.isClosed = true }
            return !state.isClosed
        }
    }

    private func wake() {
        self.eventLoop.execute { self.drain() }
    }

    private func drain() {
        var items: [Item] = []
        self.state.withLock { state in
            swap(&items, &state.items)
            state.count = 0
            state.cost = 0
            state.isScheduled = false
        }
        for item in items {
            switch item {
            case .request(let request): self.core.submit(request)
            case .work(let work): work(self.core)
            }
        }
    }
}
