// Licensed under the MIT licence.

package import Chat
import NIOCore
import RedisNIO

extension RedisCluster {
    /// How many words of those that are not told at once are on their way at the same time.
    private static let largestTelling = 256

    package func enter(_ user: ChatUser, _ place: ClusterPlace) {
        self.run {
            self.announcements.came(user, place)
            self.announce(place)
        }
    }

    package func exit(_ user: ChatUser, _ place: ClusterPlace) {
        self.run {
            self.announcements.left(user, place)
            self.announce(place)
        }
    }

    /// Tells what has not arrived, a little at a time.
    func announceUnfinished() {
        for place in self.announcements.unfinished { self.announcing.add(place) }
        self.announceNext()
    }

    private func announceNext() {
        guard self.lease.isHeld(now: self.client.eventLoop.now) else { return }
        while self.telling < Self.largestTelling, let place = self.announcing.take() {
            if self.announce(place, most: Self.largestTelling - self.telling) { self.announcing.add(place) }
        }
    }

    /// Tells what is to be told about a place, as far as that is possible now.
    ///
    /// - Parameters:
    ///   - place: The place.
    ///   - most: How many words at most.
    /// - Returns: Whether there is more that could be told now.
    @discardableResult
    func announce(_ place: ClusterPlace, most: Int = .max) -> Bool {
        let now = self.client.eventLoop.now
        guard !self.isClosed, self.lease.isHeld(now: now) else { return false }
        let name = self.lease.name
        if self.announcements.noteToMake(place) {
            let command = RedisCommand("SADD", .key(self.keys.places(of: name)), .text(place.name))
            self.telling += 1
            self.client.send(command) { result in
                self.telling -= 1
                defer { self.announceNext() }
                guard name == self.lease.name else { return }
                self.announcements.noted(place, succeeded: (try? result.get()) != nil)
                if case .success = result { self.announcing.add(place) }
            }
        }
        for telling in self.announcements.take(place, most: most) { self.tell(telling, as: name) }
        return self.announcements.canTell(place)
    }

    private func tell(_ telling: Announcements.Telling, as name: NodeName) {
        let place = telling.place
        let keys = [self.keys.members(place), self.keys.state(place)]
        let command: RedisCommand
        switch telling.word {
        case .came(let user):
            command = RedisCommand(
                Self.cameScript,
                keys: keys,
                arguments: [
                    .text(name.string), .text(user.id.string), .text(user.name.string), self.publishing,
                    .text(self.keys.channel(place)),
                ]
            )
        case .left(let user):
            command = RedisCommand(
                Self.leftScript,
                keys: keys,
                arguments: [
                    .text(name.string), .text(user.id.string), self.publishing, .text(self.keys.channel(place)),
                ]
            )
        }
        self.telling += 1
        self.client.send(command) { result in
            self.telling -= 1
            defer { self.announceNext() }
            guard name == self.lease.name else { return }
            let isDone = self.announcements.told(telling, succeeded: (try? result.get()) != nil)
            guard isDone else { return }
            // Whoever comes next has it noted anew, behind this.
            self.client.send(RedisCommand("SREM", .key(self.keys.places(of: name)), .text(place.name))) { _ in }
        }
    }
}
