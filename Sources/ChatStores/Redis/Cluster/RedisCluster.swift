// Licensed under the MIT licence.

package import Chat
import Logging
import NIOCore
package import RedisNIO
import Synchronization

/// Keeps the nodes of one chat together, on Redis (``RedisKeys``).
///
/// `@unchecked Sendable`: every `var` is touched on the client's event loop only.
package final class RedisCluster: ChatCluster, @unchecked Sendable {
    static let cameScript = RedisScript(embedded: PackageResources.came_lua)
    static let leftScript = RedisScript(embedded: PackageResources.left_lua)
    static let goneScript = RedisScript(embedded: PackageResources.gone_lua)
    static let rosterScript = RedisScript(embedded: PackageResources.roster_lua)
    static let renewScript = RedisScript(embedded: PackageResources.renew_lua)

    let client: RedisClient
    let keys: RedisKeys
    let options: RedisClusterOptions
    let publishing: RedisCommand.Argument
    private let knownNames: Mutex<Set<NodeName>>

    var listener: (any ChatClusterListener)?
    var lease: NodeLease
    var announcements = Announcements()
    /// By channel.
    var followed: [String: FollowedPlace] = [:]
    /// Nodes that are being cleared up after.
    var reaping: Set<NodeName> = []
    /// Names of this node that it has lost and has not cleared up after.
    var lostNames: Set<NodeName> = []
    var isRenewing = false
    var isClosed = false
    private var timer: RepeatedTask?

    /// - Parameters:
    ///   - client: Reaches Redis; its owner closes it, after the cluster.
    ///   - options: How.
    package init(_ client: RedisClient, _ options: RedisClusterOptions = RedisClusterOptions()) {
        self.client = client
        self.options = options
        self.keys = RedisKeys(prefix: options.prefix)
        self.publishing = options.usesShardChannels ? "SPUBLISH" : "PUBLISH"
        let stem = String(UInt64.random(in: .min ... .max), radix: 36)
        self.lease = NodeLease(stem: stem, duration: TimeAmount(options.leaseDuration))
        self.knownNames = Mutex(self.lease.names)
    }

    package var names: Set<NodeName> { self.knownNames.withLock { $0 } }

    package func start(_ listener: any ChatClusterListener) {
        self.run {
            self.listener = listener
            self.renew()
            let interval = min(.seconds(1), self.lease.renewalInterval)
            self.timer = self.client.eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
                self.tick()
            }
        }
    }

    package func roster(
        of place: ClusterPlace,
        completion: @escaping @Sendable (Result<RosterSnapshot, StoreError>) -> Void
    ) {
        let command = RedisCommand(Self.rosterScript, keys: [self.keys.members(place), self.keys.state(place)])
        self.client.send(command) { result in
            completion(
                result.mapError { StoreError($0) }.flatMap { reply in
                    RosterSnapshot(reply, of: place).map { .success($0) }
                        ?? .failure(StoreError(.unknown, reason: "Redis answered what is not ours"))
                }
            )
        }
    }

    package func close(completion: @escaping @Sendable () -> Void) {
        self.run {
            guard !self.isClosed else { return completion() }
            self.isClosed = true
            self.timer?.cancel()
            for subscription in self.followed.keys.map(self.subscription) {
                self.client.unsubscribe(from: subscription, self)
            }
            self.followed = [:]
            self.reap(self.lease.name, completion: completion)
        }
    }

    /// The node is called something else from now on.
    func rename() {
        self.lostNames.insert(self.lease.lost())
        let names = self.lease.names
        self.knownNames.withLock { $0 = names }
        self.announcements.startOver()
        self.listener?.renamed(names)
        self.renew()
    }

    /// Runs something on the client's event loop, in the order of the calls of each thread.
    func run(_ body: @escaping @Sendable () -> Void) {
        self.client.eventLoop.execute(body)
    }

    private func tick() {
        let now = self.client.eventLoop.now
        self.endFollowing(now: now)
        self.renewIfDue(now: now)
        for place in self.announcements.unfinished { self.announce(place) }
    }
}

extension RosterSnapshot {
    /// What `roster.lua` answers; nil if it is nothing of the kind.
    init?(_ reply: RESPValue, of place: ClusterPlace) {
        guard let fields = reply.elements, fields.count >= 3, fields.count % 2 == 1, let version = fields[0].number,
            let time = fields[1].text, let name = fields[2].text
        else { return nil }
        var users: [NodeName: [ChatUser]] = [:]
        for index in stride(from: 3, to: fields.count, by: 2) {
            guard let field = fields[index].text, let end = field.firstIndex(of: "\n"),
                let name = fields[index + 1].text
            else { return nil }
            let user = UserID(unchecked: ExactText(String(field[field.index(after: end)...])))
            users[NodeName(String(field[..<end])), default: []].append(ChatUser(id: user, name: ExactText(name)))
        }
        var lastSeen: LastSeen?
        if case .user(let user) = place, let milliseconds = Int64(time) {
            let seen = ChatUser(id: user, name: ExactText(name))
            lastSeen = LastSeen(user: seen, time: Timestamp(milliseconds: milliseconds))
        }
        self.init(version: version, users: users, lastSeen: lastSeen)
    }
}
