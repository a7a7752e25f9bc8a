// Licensed under the MIT licence.

package import Chat
import NIOCore
import RedisNIO

extension RedisCluster {
    package func roster(
        of place: ClusterPlace,
        completion: @escaping @Sendable (Result<RosterSnapshot, StoreError>) -> Void
    ) {
        let command = RedisCommand(Self.rosterScript, keys: [self.keys.members(place), self.keys.state(place)])
        self.client.send(command) { result in
            switch result.map({ RosterSnapshot($0) }) {
            case .success(let snapshot?):
                self.dropDead(snapshot, at: place) { completion(.success($0)) }
            case .success(nil):
                completion(.failure(StoreError(.unknown, reason: "Redis answered what is not ours")))
            case .failure(let error):
                completion(.failure(StoreError(error)))
            }
        }
    }

    /// Takes away what nodes have at a place that have no lease at all.
    ///
    /// Whoever announces anything holds a lease, and whoever takes a node's lease away has taken all else away before. So such a node
    /// has lost its lease with a server, or what was taken away has come back with another one; nobody else would ever find it.
    private func dropDead(
        _ snapshot: RosterSnapshot,
        at place: ClusterPlace,
        completion: @escaping @Sendable (RosterSnapshot) -> Void
    ) {
        let now = self.client.eventLoop.now
        let own = self.lease.names
        let lost = Set(snapshot.users.keys.filter { $0 != self.lease.name && own.contains($0) })
        let strangers = snapshot.users.keys.filter { !own.contains($0) && (self.alive[$0] ?? .distantPast) <= now }
        guard !strangers.isEmpty else { return self.finish(snapshot, without: lost, at: place, completion) }
        let question = RedisCommand(
            "ZMSCORE",
            [.key(self.keys.nodes)] + strangers.map { RedisCommand.Argument.text($0.string) }
        )
        self.client.send(question) { result in
            // Who cannot be asked about counts as alive.
            let scores = (try? result.get())?.elements ?? []
            var dead = lost
            for (node, score) in zip(strangers, scores) {
                if score.isNull {
                    dead.insert(node)
                } else {
                    self.alive[node] = now + self.lease.duration
                }
            }
            self.finish(snapshot, without: dead, at: place, completion)
        }
    }

    private func finish(
        _ snapshot: RosterSnapshot,
        without dead: Set<NodeName>,
        at place: ClusterPlace,
        _ completion: (RosterSnapshot) -> Void
    ) {
        guard !dead.isEmpty else { return completion(snapshot) }
        for node in dead { self.takeAway(node, from: place) { _ in } }
        let users = snapshot.users.filter { !dead.contains($0.key) }
        completion(RosterSnapshot(version: snapshot.version, users: users))
    }

    /// Forgets who was alive a while ago; to be called every moment.
    func forgetAlive(now: NIODeadline) {
        self.alive = self.alive.filter { $0.value > now }
    }
}

extension RosterSnapshot {
    /// What `roster.lua` answers; nil if it is nothing of the kind.
    init?(_ reply: RESPValue) {
        guard let fields = reply.elements, fields.count % 2 == 1, let version = fields[0].number else { return nil }
        var users: [NodeName: [ChatUser]] = [:]
        for index in stride(from: 1, to: fields.count, by: 2) {
            guard let field = fields[index].text, let end = field.firstIndex(of: "\n"),
                let name = fields[index + 1].text
            else { return nil }
            let user = UserID(unchecked: ExactText(String(field[field.index(after: end)...])))
            users[NodeName(String(field[..<end])), default: []].append(ChatUser(id: user, name: ExactText(name)))
        }
        self.init(version: version, users: users)
    }
}
