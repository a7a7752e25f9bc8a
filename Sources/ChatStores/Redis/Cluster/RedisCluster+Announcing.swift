// Licensed under the MIT licence.

package import Chat
import NIOCore
import RedisNIO

extension RedisCluster {
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

    /// Tells what is to be told about a place, as far as that is possible now.
    func announce(_ place: ClusterPlace) {
        let now = self.client.eventLoop.now
        guard !self.isClosed, self.lease.isHeld(now: now) else { return }
        let name = self.lease.name
        if self.announcements.noteToMake(place) {
            let command = RedisCommand("SADD", .key(self.keys.places(of: name)), .text(place.name))
            self.client.send(command) { result in
                guard name == self.lease.name else { return }
                self.announcements.noted(place, succeeded: (try? result.get()) != nil)
                if case .success = result { self.announce(place) }
            }
        }
        for telling in self.announcements.take(place) { self.tell(telling, as: name) }
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
        self.client.send(command) { result in
            guard name == self.lease.name else { return }
            let isDone = self.announcements.told(telling, succeeded: (try? result.get()) != nil)
            guard isDone else { return }
            // Whoever comes next has it noted anew, behind this.
            self.client.send(RedisCommand("SREM", .key(self.keys.places(of: name)), .text(place.name))) { _ in }
        }
    }
}
