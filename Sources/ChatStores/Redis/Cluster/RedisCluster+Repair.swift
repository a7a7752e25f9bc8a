// Licensed under the MIT licence.

import Chat
import NIOCore
import RedisNIO

// What is done after Redis was away, or another server has taken over that may not have all that the old one had.
//
// All nodes find it back at about the same time, so each waits for a random moment, and then does a little at a time:
// the places that are followed are read again (``ChatClusterListener/doubted(_:)``), and what Redis has of this node is made equal to what is
// here. A `came` that was lost is told again; of a `left` that was lost Redis still has the user, who is taken away.
extension RedisCluster {
    /// How long the work is put off at most, so that nodes do not begin together.
    private static let largestDelay = TimeAmount.milliseconds(100)
    /// How many places are read again in one turn, and how much later the next ones.
    private static let doubtsOfTurn = 64
    private static let pause = TimeAmount.milliseconds(5)
    /// How many places are compared at the same time.
    private static let largestComparison = 32

    /// The client has found Redis, or lost it.
    func stateChanged(_ state: RedisState) {
        self.lease.doubtOthers(now: self.client.eventLoop.now)
        switch state {
        case .connecting: self.wasAway = true
        case .ready where self.wasAway && self.hasBeenReady:
            self.wasAway = false
            // Told at once whether the lease was lost too; then everything is announced anew anyway.
            self.after(Self.randomDelay()) {
                self.renew()
                self.compareAll()
            }
        case .ready:
            self.wasAway = false
            self.hasBeenReady = true
        case .closed: break
        }
    }

    private static func randomDelay() -> TimeAmount { .nanoseconds(.random(in: 0...Self.largestDelay.nanoseconds)) }

    private func after(_ time: TimeAmount, _ body: @escaping @Sendable () -> Void) {
        self.client.eventLoop.scheduleTask(in: time) {
            if !self.isClosed { body() }
        }
    }

    // MARK: Doubts

    /// Something that happened at a place may not have been told.
    func doubt(_ channel: ExactText) {
        self.doubts.add(channel)
        guard !self.isDoubting else { return }
        self.isDoubting = true
        self.after(Self.randomDelay()) { self.tellDoubts() }
    }

    private func tellDoubts() {
        for _ in 0..<Self.doubtsOfTurn {
            guard let channel = self.doubts.take() else { break }
            // One that is interrupted again is doubted again when it is confirmed.
            guard let followed = self.followed[channel], followed.isConfirmed, followed.unwantedSince == nil else {
                continue
            }
            self.listener?.doubted(followed.place)
        }
        guard !self.doubts.isEmpty else {
            self.isDoubting = false
            return
        }
        self.after(Self.pause) { self.tellDoubts() }
    }

    // MARK: Comparing

    /// Compares all places where Redis, or this node, has anybody of this node.
    private func compareAll() {
        for place in self.announcements.places { self.comparisons.add(place) }
        self.compareNext()
        self.findPlaces(cursor: "0", as: self.lease.name)
    }

    /// Finds places where nobody is here any more, of which Redis has not heard.
    private func findPlaces(cursor: String, as name: NodeName) {
        let command = RedisCommand("SSCAN", .key(self.keys.places(of: name)), .text(cursor), "COUNT", 100)
        self.client.send(command) { result in
            guard name == self.lease.name, let fields = (try? result.get())?.elements, fields.count == 2,
                let next = fields[0].text, let names = fields[1].elements
            else { return }
            for place in names.compactMap({ $0.text.flatMap { ClusterPlace(name: $0) } }) {
                self.comparisons.add(place)
            }
            self.compareNext()
            if next != "0" { self.findPlaces(cursor: next, as: name) }
        }
    }

    private func compareNext() {
        while self.comparing < Self.largestComparison, let place = self.comparisons.take() {
            self.compare(place)
        }
    }

    private func compare(_ place: ClusterPlace) {
        let name = self.lease.name
        self.comparing += 1
        if self.announcements.isAnybodyHere(place) {
            let note = RedisCommand("SADD", .key(self.keys.places(of: name)), .text(place.name))
            self.client.send(note) { result in
                if case .failure = result, name == self.lease.name { self.failedComparisons.insert(place) }
            }
        }
        let command = RedisCommand(Self.rosterScript, keys: [self.keys.members(place), self.keys.state(place)])
        self.client.send(command) { result in
            self.comparing -= 1
            defer { self.compareNext() }
            // Under another name everything is announced anew.
            guard name == self.lease.name, !self.isClosed else { return }
            guard let snapshot = (try? result.get()).flatMap({ RosterSnapshot($0) }) else {
                // Redis is away again, and will be back; or this place alone is refused, and that is tried again.
                self.failedComparisons.insert(place)
                return
            }
            if self.announcements.found(snapshot.users[name] ?? [], place) {
                self.client.send(RedisCommand("SREM", .key(self.keys.places(of: name)), .text(place.name))) { _ in }
            }
            self.announce(place)
        }
    }

    /// Tries again what could not be compared; to be called every moment.
    func retryComparisons() {
        guard !self.failedComparisons.isEmpty, self.client.isReady else { return }
        for place in self.failedComparisons { self.comparisons.add(place) }
        self.failedComparisons = []
        self.compareNext()
    }
}
