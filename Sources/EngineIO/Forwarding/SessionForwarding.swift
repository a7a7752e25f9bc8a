// Licensed under the MIT licence.

import EngineIOCore
import Logging
import NIOCore
import Synchronization

/// What is between this process's requests and sessions in other processes, and the other way round.
///
/// A request is under way in two tables: as a *visit* where it arrived, as a *guest* where its session is. Whoever removes it from its table
/// ends it, so it ends once, whether by an answer, its deadline, the client's going away, or the other process's.
///
/// **What may be lost.** The link may lose messages. A request whose message or answer is lost fails towards its client, and a session whose
/// answer is lost ends, since nobody would know what was in it. A tunnel that misses bytes ends. So nothing is missed unnoticed.
///
/// The link calls on a thread of its own, handlers call on their shards; the table is behind a lock that is never held over a call.
final class SessionForwarding: EngineNodeReceiver {
    /// How often deadlines are looked at.
    private static let resolution = TimeAmount.seconds(1)
    /// How often other processes are asked for a sign of life, as long as something is under way with them, in rounds.
    private static let probeRounds = 5
    /// How long a server waits until it receives, before it listens.
    private static let startPatience = Duration.seconds(1)
    /// How much longer an owner waits than the visitor does, whose word comes first.
    private static let guestPatience = TimeAmount.seconds(5)

    let options: EngineForwarding
    let address: NodeAddress
    private let shards: [LoopShard]
    private let mounts: MountTable
    private let logger: Logger
    private let table: Mutex<ForwardingTable>
    private let lastNumber = Atomic<UInt64>(0)
    private let rejected = Atomic(0)
    private let life = Mutex(Life())

    private struct Life {
        var timer: RepeatedTask?
        var rounds = 0
        var isClosing = false
    }

    init(_ options: EngineForwarding, shards: [LoopShard], mounts: MountTable, logger: Logger) {
        self.options = options
        self.address = options.link.address
        self.shards = shards
        self.mounts = mounts
        self.logger = logger
        self.table = Mutex(ForwardingTable(options))
    }

    /// What other process a session lives in, if it is one.
    func owner(of id: SessionID) -> NodeAddress? {
        guard let node = id.node, node != self.address else { return nil }
        return node
    }

    /// How many messages of other processes made no sense.
    var rejectedCount: Int { self.rejected.load(ordering: .relaxed) }

    func makeNumber() -> UInt64 {
        self.lastNumber.add(1, ordering: .relaxed).newValue
    }

    var now: NIODeadline { self.shards.first?.now ?? .now() }

    /// How long a request may take.
    func patience(isPoll: Bool, path: String) -> TimeAmount {
        guard isPoll, let timing = self.mounts.settings(ofPath: path)?.timing else {
            return TimeAmount(self.options.timeout)
        }
        return TimeAmount(self.options.timeout) + timing.pingInterval + timing.pingTimeout
    }

    func guestDeadline(isPoll: Bool, path: String) -> NIODeadline {
        self.now + self.patience(isPoll: isPoll, path: path) + Self.guestPatience
    }

    func shard(of id: SessionID) -> LoopShard? {
        guard id.node == self.address, self.shards.indices.contains(id.shardIndex) else { return nil }
        return self.shards[id.shardIndex]
    }

    func settings(ofPath path: String) -> EngineSettings? {
        self.mounts.settings(ofPath: path)
    }

    /// Does something with the table, and tells if that has emptied it.
    func withTable<Result: Sendable>(_ body: (inout ForwardingTable) -> Result) -> Result {
        let (result, whenEmpty) = self.table.withLock { table in (body(&table), table.emptied()) }
        whenEmpty?()
        return result
    }

    func send(
        _ content: ForwardedContent,
        _ number: UInt64,
        isFromVisitor: Bool,
        to node: NodeAddress,
        completion: @escaping @Sendable (EngineNodeDelivery) -> Void
    ) {
        let message = ForwardedMessage(
            sender: self.address,
            isFromVisitor: isFromVisitor,
            number: number,
            content: content
        )
        self.options.link.send(message.encoded, to: node, completion: completion)
    }

    // MARK: EngineNodeReceiver

    func received(_ message: ByteBuffer) {
        guard let message = ForwardedMessage(message) else {
            self.rejected.add(1, ordering: .relaxed)
            return
        }
        if message.isFromVisitor { self.visitorSaid(message) } else { self.ownerSaid(message) }
    }

    func interrupted() {
        let (visits, guests) = self.withTable { table in
            // Who waits here for an answer may have missed it. A guest's visitor has an eye on it.
            (table.removeVisits { _ in true }, table.removeGuests { _, guest in guest.isTunnel })
        }
        for (number, visit) in visits { self.giveUp(visit, number) }
        for (_, guest) in guests { self.giveUp(guest) }
    }

    // MARK: Time

    private func sweep() {
        let now = self.now
        let (visits, guests) = self.withTable { table in
            (table.removeVisits { $0.deadline <= now }, table.removeGuests { $1.deadline <= now })
        }
        for (number, visit) in visits { self.giveUp(visit, number) }
        for (_, guest) in guests { self.giveUp(guest) }
        let isProbeDue = self.life.withLock { life in
            life.rounds = (life.rounds + 1) % Self.probeRounds
            return life.rounds == 0
        }
        if isProbeDue { self.probe() }
    }

    private func probe() {
        for peer in self.withTable({ $0.peers }) {
            self.send(.probe, 0, isFromVisitor: true, to: peer) { delivery in
                if delivery == .nobody { self.gone(peer) }
            }
        }
    }

    /// Another process has gone, and with it its sessions and its clients' connections.
    private func gone(_ node: NodeAddress) {
        let (visits, guests) = self.withTable { table in
            (table.removeVisits { $0.owner == node }, table.removeGuests { key, _ in key.visitor == node })
        }
        self.logger.debug(
            "another process has gone",
            metadata: ["eio.visits": "\(visits.count)", "eio.guests": "\(guests.count)"]
        )
        for (number, visit) in visits { self.giveUp(visit, number) }
        for (_, guest) in guests { self.giveUp(guest) }
    }

    // MARK: Life

    /// Opens the link, and waits a moment until answers arrive by it: requests may come as soon as the server listens.
    func start() async {
        self.options.link.open(self)
        self.startTimer()
        let end = ContinuousClock.now + Self.startPatience
        // Without it the server starts all the same, for clients of its own.
        while !self.options.link.isReceiving, ContinuousClock.now < end {
            guard (try? await Task.sleep(for: .milliseconds(5))) != nil else { return }
        }
    }

    private func startTimer() {
        guard let loop = self.shards.first?.eventLoop else { return }
        let timer = loop.scheduleRepeatedTask(initialDelay: Self.resolution, delay: Self.resolution) {
            [weak self] _ in self?.sweep()
        }
        self.life.withLock { $0.timer = timer }
    }

    /// Whether answers of other processes would arrive.
    var isReceiving: Bool { self.options.link.isReceiving }

    var isClosing: Bool { self.life.withLock { $0.isClosing } }

    /// Lets go of clients here whose sessions are elsewhere: they are to ask another process.
    func beginClosing() {
        self.life.withLock { $0.isClosing = true }
        for (number, visit) in self.withTable({ $0.visits }) {
            switch visit.stage {
            case .request(_, isPoll: true):
                self.send(.release, number, isFromVisitor: true, to: visit.owner) { delivery in
                    if delivery != .sent { self.visitLost(number) }
                }
            case .request, .upgrade, .admitted: break
            case .tunnel(let tunnel): tunnel.abort()
            }
        }
    }

    /// Waits until what is under way has ended, a short time at most, and ends the rest.
    func close() async {
        if let loop = self.shards.first?.eventLoop {
            let drained = loop.makePromise(of: Void.self)
            loop.scheduleTask(in: .seconds(1)) { drained.succeed() }
            self.withTable { table in table.whenEmpty = { drained.succeed() } }
            try? await drained.futureResult.get()
        }
        let (visits, guests) = self.withTable { table in
            (table.removeVisits { _ in true }, table.removeGuests { _, _ in true })
        }
        for (number, visit) in visits { self.giveUp(visit, number) }
        for (_, guest) in guests { self.giveUp(guest) }
        self.life.withLock { $0.timer.take() }?.cancel()
        self.options.link.close()
    }
}
