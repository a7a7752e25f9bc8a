// Licensed under the MIT licence.

import EngineIOCore
import NIOConcurrencyHelpers
import NIOCore

/// What each client address has open, on all shards.
final class AddressTable: Sendable {
    /// What is counted.
    enum Kind {
        /// Engine.IO sessions.
        case session
        /// Connections that speak HTTP.
        case connection
    }

    /// What is wrong with one more.
    enum Refusal: Error {
        case handshakes
        case connections
    }

    private struct Entry {
        var tokens: Double
        var updated: NIODeadline
        var sessions = 0
        var connections = 0

        var isInUse: Bool { self.sessions > 0 || self.connections > 0 }
    }

    private struct Stripe {
        var entries: [NetworkRange: Entry] = [:]
        /// What all have in common that found no room.
        var rest: Entry
        var swept = NIODeadline.uptimeNanoseconds(0)
    }

    private let limits: AddressLimits
    private let stripes: [NIOLockedValueBox<Stripe>]
    private let maximumEntries: Int

    init(_ limits: AddressLimits, stripes: Int = 16) {
        self.limits = limits
        self.maximumEntries = max(1, limits.maximumAddresses / stripes)
        self.stripes = (0..<stripes).map { _ in
            NIOLockedValueBox(Stripe(rest: Entry(tokens: limits.handshakeBurst, updated: .uptimeNanoseconds(0))))
        }
    }

    /// How many addresses are told apart now.
    var count: Int { self.stripes.reduce(0) { $0 + $1.withLockedValue { $0.entries.count } } }

    /// A client wants to open a session.
    func admitHandshake(_ address: String, now: NIODeadline) throws(Refusal) {
        guard let network = IPAddress(address)?.assignedNetwork else { return }
        let limits = self.limits
        let refusal = self.change(network, now: now) { entry -> Refusal? in
            guard entry.sessions < limits.maximumConnections else { return .connections }
            let seconds = now > entry.updated ? Double((now - entry.updated).nanoseconds) / 1e9 : 0
            entry.tokens = min(entry.tokens + seconds * limits.handshakesPerSecond, limits.handshakeBurst)
            entry.updated = max(entry.updated, now)
            guard entry.tokens >= 1 else { return .handshakes }
            entry.tokens -= 1
            return nil
        }
        if let refusal { throw refusal }
    }

    /// A connection was accepted; returns whether it may stay, in which case its end must be told by ``closed(_:_:)``.
    func admitConnection(_ network: NetworkRange, now: NIODeadline) -> Bool {
        let maximum = self.limits.maximumConnections
        return self.change(network, now: now) { entry in
            guard entry.connections < maximum else { return false }
            entry.connections += 1
            return true
        }
    }

    /// A session was opened.
    func opened(_ network: NetworkRange, now: NIODeadline) {
        self.change(network, now: now) { $0.sessions += 1 }
    }

    /// One that was opened or admitted has ended.
    func closed(_ kind: Kind, _ network: NetworkRange) {
        self.stripe(of: network).withLockedValue { stripe in
            // Whoever was counted with the rest may have an entry of its own by now.
            let path: WritableKeyPath<Entry, Int> = kind == .session ? \.sessions : \.connections
            if let count = stripe.entries[network]?[keyPath: path], count > 0 {
                stripe.entries[network]?[keyPath: path] -= 1
            } else {
                stripe.rest[keyPath: path] = max(0, stripe.rest[keyPath: path] - 1)
            }
        }
    }

    private func stripe(of network: NetworkRange) -> NIOLockedValueBox<Stripe> {
        self.stripes[Int(UInt(bitPattern: network.hashValue) % UInt(self.stripes.count))]
    }

    private func change<Result>(
        _ network: NetworkRange,
        now: NIODeadline,
        _ body: (inout Entry) -> Result
    ) -> Result {
        self.stripe(of: network).withLockedValue { stripe in
            if stripe.entries[network] == nil, stripe.entries.count >= self.maximumEntries {
                self.sweep(&stripe, now: now)
            }
            guard stripe.entries[network] != nil || stripe.entries.count < self.maximumEntries else {
                return body(&stripe.rest)
            }
            return body(&stripe.entries[network, default: Entry(tokens: self.limits.handshakeBurst, updated: now)])
        }
    }

    /// Forgets addresses that have nothing open and would start afresh anyway; once a second at most.
    private func sweep(_ stripe: inout Stripe, now: NIODeadline) {
        guard now - stripe.swept >= .seconds(1) else { return }
        stripe.swept = now
        let seconds = self.limits.handshakeBurst / max(self.limits.handshakesPerSecond, 0.001)
        let idle = TimeAmount.nanoseconds(Int64(min(seconds, 3_600) * 1e9))
        stripe.entries = stripe.entries.filter { $0.value.isInUse || now - $0.value.updated < idle }
    }
}
