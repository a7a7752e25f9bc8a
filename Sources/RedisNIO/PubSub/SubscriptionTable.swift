// Licensed under the MIT licence.

import NIOCore

/// What is to be subscribed to on one link, and what the server has confirmed on its connection.
///
/// Theory: `wanted` is what the user asks for, and outlives connections. On a connection every change is a command, in the order of the
/// changes, and the server confirms each name of each command in that order; or it refuses a command with one error. `requests`
/// holds what is to be confirmed. A subscription is live once it is wanted and the last SUBSCRIBE for it is confirmed: one that
/// was taken back and asked for again at once has two on their way. What the server ends by itself (`sunsubscribe` when a slot
/// moves away) matches no request.
///
/// Redis refuses a whole command when its access list forbids one of the names. So names that were refused together are asked for again,
/// each by itself, and given up only when they are refused alone.
struct SubscriptionTable {
    /// What happened to a subscription.
    enum Event: Hashable {
        case confirmed(RedisSubscription)
        /// No longer wanted here: the server refuses it.
        case refused([RedisSubscription], RedisServerReply)
        /// No longer wanted here: the server has ended it.
        case ended(RedisSubscription)
        case nothing
    }

    private struct Request {
        let isSubscribing: Bool
        let kind: RedisSubscription.Kind
        let names: [String]
        /// How many of the names have been confirmed.
        var confirmed = 0
    }

    private struct Change {
        let isSubscribing: Bool
        let subscription: RedisSubscription
        /// Whether it must not share a command, since it was refused with others.
        var isAlone = false
    }

    static let maximumNamesOfCommand = 512
    /// How many names may wait for the server's word, so that a server that has just come back is not buried by all at once.
    static let maximumNamesUnderway = 4_096

    /// Whether one command must have names of one hash slot alone, as nodes of a cluster ask.
    private let dividesBySlot: Bool
    private var isConnected = false
    /// Whether each wanted subscription is live.
    private var wanted: [RedisSubscription: Bool] = [:]
    /// What has not been sent, in order.
    private var changes: [Change] = []
    private var requests = CircularBuffer<Request>()
    /// How many names of them are not confirmed.
    private var underway = 0
    /// How many confirmations are to come for it.
    private var awaited: [RedisSubscription: Int] = [:]

    init(dividesBySlot: Bool) {
        self.dividesBySlot = dividesBySlot
    }

    /// Whether something is to be sent, and enough of what was sent is confirmed.
    var hasMore: Bool {
        !self.changes.isEmpty && self.underway <= Self.maximumNamesUnderway / 2
    }

    var isEmpty: Bool {
        self.wanted.isEmpty
    }

    var subscriptions: [RedisSubscription] {
        Array(self.wanted.keys)
    }

    func isLive(_ subscription: RedisSubscription) -> Bool {
        self.wanted[subscription] ?? false
    }

    mutating func want(_ subscription: RedisSubscription) {
        guard self.wanted[subscription] == nil else { return }
        self.wanted[subscription] = false
        if self.isConnected { self.changes.append(Change(isSubscribing: true, subscription: subscription)) }
    }

    mutating func dismiss(_ subscription: RedisSubscription) {
        guard self.wanted.removeValue(forKey: subscription) != nil else { return }
        if self.isConnected { self.changes.append(Change(isSubscribing: false, subscription: subscription)) }
    }

    mutating func connectionReady() {
        self.isConnected = true
        self.changes = self.wanted.keys.map { Change(isSubscribing: true, subscription: $0) }
    }

    /// Forgets the connection.
    ///
    /// - Returns: What was live.
    mutating func connectionLost() -> [RedisSubscription] {
        self.isConnected = false
        self.changes = []
        self.requests = []
        self.underway = 0
        self.awaited = [:]
        let live = self.wanted.filter(\.value).map(\.key)
        for subscription in live { self.wanted[subscription] = false }
        return live
    }

    /// Gives the commands for what has changed, as far as there is room; the rest later (``hasMore``).
    mutating func takeCommands() -> [RedisCommand] {
        var commands: [RedisCommand] = []
        let changes = Array(self.changes.prefix(max(0, Self.maximumNamesUnderway - self.underway)))
        self.changes.removeFirst(changes.count)
        var start = changes.startIndex
        // A run of changes in the same direction may be put in any order.
        while start < changes.endIndex {
            let isSubscribing = changes[start].isSubscribing
            let end = changes[start...].firstIndex { $0.isSubscribing != isSubscribing } ?? changes.endIndex
            for names in self.groups(changes[start..<end]) {
                commands.append(self.command(isSubscribing: isSubscribing, names.kind, names.names))
            }
            start = end
        }
        return commands
    }

    private struct Group: Hashable {
        let kind: RedisSubscription.Kind
        let slot: HashSlot?
        /// The only one, if it must be.
        let only: RedisSubscription?
    }

    private func groups(
        _ changes: ArraySlice<Change>
    ) -> [(kind: RedisSubscription.Kind, names: ArraySlice<String>)] {
        var order: [Group] = []
        var groups: [Group: [String]] = [:]
        for change in changes {
            let subscription = change.subscription
            let isDivided = self.dividesBySlot && subscription.kind == .shardChannel
            let group = Group(
                kind: subscription.kind,
                slot: isDivided ? HashSlot(key: subscription.name) : nil,
                only: change.isAlone ? subscription : nil
            )
            if groups[group] == nil { order.append(group) }
            groups[group, default: []].append(subscription.name)
        }
        return order.flatMap { group in
            let names = groups[group] ?? []
            return stride(from: 0, to: names.count, by: Self.maximumNamesOfCommand).map { start in
                (group.kind, names[start..<min(start + Self.maximumNamesOfCommand, names.count)])
            }
        }
    }

    private mutating func command(
        isSubscribing: Bool,
        _ kind: RedisSubscription.Kind,
        _ names: ArraySlice<String>
    ) -> RedisCommand {
        var command = RedisCommand(isSubscribing ? kind.subscribing : kind.unsubscribing)
        for name in names {
            command.append(name)
            if isSubscribing { self.awaited[RedisSubscription(kind, name), default: 0] += 1 }
        }
        self.underway += names.count
        self.requests.append(Request(isSubscribing: isSubscribing, kind: kind, names: Array(names)))
        return command
    }

    // MARK: The server's word

    mutating func subscribed(_ subscription: RedisSubscription) -> Event {
        guard self.confirm(subscription, isSubscribing: true) else { return .nothing }
        return self.countDown(subscription) && self.becomeLive(subscription) ? .confirmed(subscription) : .nothing
    }

    mutating func unsubscribed(_ subscription: RedisSubscription) -> Event {
        if self.confirm(subscription, isSubscribing: false) { return .nothing }
        // Not asked for. If a SUBSCRIBE is on its way, that one decides.
        guard self.awaited[subscription] == nil, self.wanted.removeValue(forKey: subscription) != nil else {
            return .nothing
        }
        return .ended(subscription)
    }

    /// Takes an error for the answer to the oldest command.
    mutating func refused(_ error: RedisServerReply) -> Event {
        guard let request = self.requests.popFirst() else { return .nothing }
        self.underway -= request.names.count - request.confirmed
        guard request.isSubscribing else { return .nothing }
        let refused = request.names[request.confirmed...].map { RedisSubscription(request.kind, $0) }.filter {
            self.countDown($0) && self.wanted[$0] != nil
        }
        guard request.names.count == 1 || error.endsByItself else {
            self.changes += refused.map { Change(isSubscribing: true, subscription: $0, isAlone: true) }
            return .nothing
        }
        for subscription in refused { self.wanted[subscription] = nil }
        return refused.isEmpty ? .nothing : .refused(refused, error)
    }

    /// Takes a name off the oldest request, if that is the one.
    private mutating func confirm(_ subscription: RedisSubscription, isSubscribing: Bool) -> Bool {
        guard let first = self.requests.first, first.isSubscribing == isSubscribing,
            RedisSubscription(first.kind, first.names[first.confirmed]) == subscription
        else { return false }
        self.underway -= 1
        if first.confirmed + 1 == first.names.count {
            self.requests.removeFirst()
        } else {
            self.requests[self.requests.startIndex].confirmed += 1
        }
        return true
    }

    /// Counts a confirmation.
    ///
    /// - Returns: Whether it was the last that is to come.
    private mutating func countDown(_ subscription: RedisSubscription) -> Bool {
        guard let count = self.awaited[subscription], count > 1 else {
            self.awaited[subscription] = nil
            return true
        }
        self.awaited[subscription] = count - 1
        return false
    }

    private mutating func becomeLive(_ subscription: RedisSubscription) -> Bool {
        guard self.wanted[subscription] == false else { return false }
        self.wanted[subscription] = true
        return true
    }
}
