// Licensed under the MIT licence.

package import Chat
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
    private let rejected = Atomic(0)

    var listener: (any ChatClusterListener)?
    var lease: NodeLease
    var announcements = Announcements()
    /// By channel, byte for byte as Redis sees it.
    var followed: [ExactText: FollowedPlace] = [:]
    /// Nodes that are being cleared up after.
    var reaping: Set<NodeName> = []
    /// Nodes whose leases had ended when the lease was renewed last, and which nobody had given up.
    var endedLeases: Set<NodeName> = []
    /// Names of this node that it has lost and has not cleared up after.
    var lostNames: Set<NodeName> = []
    /// Where somebody was under such a name: a word that was on its way may be carried out when the others have cleared up already.
    var lostPlaces: [NodeName: [ClusterPlace]] = [:]
    /// Other nodes that have a lease, and until when that is believed.
    var alive: [NodeName: NIODeadline] = [:]
    /// Channels on which something may have been missed.
    var doubts = Backlog<ExactText>()
    var isDoubting = false
    /// Places of which Redis may not have what is here, or more.
    var comparisons = Backlog<ClusterPlace>()
    var comparing = 0
    var failedComparisons: Set<ClusterPlace> = []
    /// Places about which there is something to tell, if it is not told at once.
    var announcing = Backlog<ClusterPlace>()
    /// How many words are on their way.
    var telling = 0
    var wasAway = false
    var hasBeenReady = false
    var isRenewing = false
    var isClosed = false
    var hasToldOfRefusal = false
    var hasToldOfLeaseRefusal = false
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
        self.lease = NodeLease(
            stem: stem,
            timeToLive: TimeAmount(options.nodeTimeToLive),
            trialPeriod: options.trialPeriod
        )
        self.knownNames = Mutex(self.lease.names)
    }

    /// How many messages on channels of rooms and users made no sense.
    package var rejectedCount: Int { self.rejected.load(ordering: .relaxed) }

    package var names: Set<NodeName> { self.knownNames.withLock { $0 } }

    /// Whether the others know of this node's users, as far as it can tell.
    package var holdsLease: Bool {
        get async {
            await withCheckedContinuation { continuation in
                self.run { continuation.resume(returning: self.lease.isHeld(now: self.client.eventLoop.now)) }
            }
        }
    }

    package func start(_ listener: any ChatClusterListener) {
        self.run {
            self.listener = listener
            self.renew()
            let interval = self.lease.renewalInterval
            // Nodes that were started together need not do everything together.
            let first = TimeAmount.nanoseconds(.random(in: 1...interval.nanoseconds))
            self.timer = self.client.eventLoop.scheduleRepeatedTask(initialDelay: first, delay: interval) { _ in
                self.tick()
            }
            self.client.observeState { self.stateChanged($0) }
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
        let places = self.announcements.places
        let old = self.lease.lost()
        self.lostNames.insert(old)
        self.lostPlaces[old] = places
        let names = self.lease.names
        self.knownNames.withLock { $0 = names }
        self.announcements.startOver()
        self.comparisons.removeAll()
        self.failedComparisons = []
        self.listener?.renamed(names)
        self.renew()
    }

    func noteRejection() { self.rejected.add(1, ordering: .relaxed) }

    /// Runs something on the client's event loop, in the order of the calls of each thread.
    func run(_ body: @escaping @Sendable () -> Void) {
        self.client.eventLoop.execute(body)
    }

    private func tick() {
        let now = self.client.eventLoop.now
        self.endFollowing(now: now)
        self.renew()
        self.forgetAlive(now: now)
        self.retryComparisons()
        self.announceUnfinished()
    }
}
