// Licensed under the MIT licence.

import NIOCore
import RedisNIO
import Synchronization

/// Sends a command again and again until what comes of it meets a condition; the command's own time sets the pace.
func sendRepeatedly(
    _ client: RedisClient,
    _ command: RedisCommand,
    within time: Duration = .milliseconds(200),
    until condition: (Result<RESPValue, RedisError>) -> Bool
) async {
    while true {
        let result = await withCheckedContinuation { continuation in
            client.send(command, within: time) { continuation.resume(returning: $0) }
        }
        if condition(result) { return }
    }
}

/// Writes down what a subscriber is told, and lets a test wait for it.
final class RecordingSubscriber: RedisSubscriber {
    enum Event: Hashable, Sendable {
        case message(String, on: String, RedisSubscription)
        case subscribed(RedisSubscription, afterInterruption: Bool)
        case interrupted(RedisSubscription)
        case failed(RedisSubscription, code: String)
    }

    private struct State {
        var events: [Event] = []
        var waiters: [(@Sendable ([Event]) -> Bool, CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())

    var events: [Event] {
        self.state.withLock { $0.events }
    }

    var messages: [String] {
        self.events.compactMap { if case .message(let text, _, _) = $0 { text } else { nil } }
    }

    private func note(_ event: Event) {
        let ready: [CheckedContinuation<Void, Never>] = self.state.withLock { state in
            state.events.append(event)
            let events = state.events
            let ready = state.waiters.filter { $0.0(events) }.map(\.1)
            state.waiters.removeAll { $0.0(events) }
            return ready
        }
        for waiter in ready { waiter.resume() }
    }

    /// Waits until what has happened meets a condition.
    func wait(until condition: @escaping @Sendable ([Event]) -> Bool) async {
        await withCheckedContinuation { continuation in
            let isMet = self.state.withLock { state in
                if condition(state.events) { return true }
                state.waiters.append((condition, continuation))
                return false
            }
            if isMet { continuation.resume() }
        }
    }

    func wait(for event: Event, count: Int = 1) async {
        await self.wait { events in events.filter { $0 == event }.count >= count }
    }

    func received(_ message: ByteBuffer, on channel: String, by subscription: RedisSubscription) {
        self.note(.message(String(buffer: message), on: channel, subscription))
    }

    func subscribed(to subscription: RedisSubscription, afterInterruption: Bool) {
        self.note(.subscribed(subscription, afterInterruption: afterInterruption))
    }

    func interrupted(_ subscription: RedisSubscription) {
        self.note(.interrupted(subscription))
    }

    func failed(_ subscription: RedisSubscription, error: RedisError) {
        self.note(.failed(subscription, code: error.serverCode ?? error.code.description))
    }
}
