// Licensed under the MIT licence.

import EngineIOCore
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// One event loop with its sessions, its outbox and its timers.
///
/// `@unchecked Sendable`: every stored `var` is touched only on `eventLoop`; the members that may be called from elsewhere
/// (`index`, `isCurrent`, `now`, `execute`, `schedule`) read constants or hand the work over.
final class LoopShard: EngineShard, @unchecked Sendable {
    /// What a connection is sent, beyond its own needs, is flushed early once a turn has collected this much.
    static let arenaFlushThreshold = 16 * 1024 * 1024

    let index: Int
    let eventLoop: any EventLoop
    let logger: Logger
    let addresses: AddressTable?
    var counters = EngineCounters()

    // Outbox (Outbox/LoopShard+Outbox.swift)
    var slots = SlotTable()
    var arena = ByteArena()
    var dirty: [ConnectionSlot] = []
    var extraRanges: [ExtraRange] = []
    var sendBatch: SendBatch
    var isFlushing = false
    var compression = ShardCompression()

    // Sessions (Shard/LoopShard+Sessions.swift)
    var sessions: [Session?] = []
    var deadlines: [NIODeadline] = []
    var sessionsByID: [SessionID: Session] = [:]
    var requestDeadlines: RequestDeadlineList = .init()
    /// How many handshakes wait for the application's word.
    var pendingDecisions = 0
    /// Whether new sessions are refused, because the server is about to end.
    var isDraining = false

    // Reading
    let receiveBuffer = ReceiveBuffer()
    /// Unmasked payloads of one read; a message that somebody keeps takes the storage with it.
    var unmaskedBytes = ByteBuffer()

    // Other shards
    private var mail: [[@Sendable () -> Void]] = []
    private var peers: [LoopShard] = []
    private var isTurnEndScheduled = false
    private var sweepTask: RepeatedTask?

    /// The shard whose loop the calling thread runs.
    private static let current = ThreadSpecificVariable<LoopShard>()

    init(
        index: Int,
        eventLoop: any EventLoop,
        sendPath: SendPath,
        addresses: AddressTable? = nil,
        logger: Logger
    ) {
        self.index = index
        self.eventLoop = eventLoop
        self.logger = logger
        self.addresses = addresses
        self.sendBatch = SendBatch(path: sendPath)
    }

    var isCurrent: Bool { self.eventLoop.inEventLoop }
    var now: NIODeadline { self.eventLoop.now }

    /// Makes the shard known on its thread and starts its timer.
    ///
    /// Called once, before any connection.
    func start(peers: [LoopShard], timerResolution: TimeAmount) -> EventLoopFuture<Void> {
        self.eventLoop.submit {
            Self.current.currentValue = self
            self.peers = peers
            self.mail = Array(repeating: [], count: peers.count)
            self.sweepTask = self.eventLoop.scheduleRepeatedTask(initialDelay: timerResolution, delay: timerResolution)
            {
                [unowned self] _ in self.sweep()
            }
        }
    }

    /// Stops the timer and breaks the cycle with the other shards.
    func stop() -> EventLoopFuture<Void> {
        self.eventLoop.submit {
            self.sweepTask?.cancel()
            self.sweepTask = nil
            // What comes up from here on goes to the others at once, since no later turn would take it.
            if Self.current.currentValue === self { Self.current.currentValue = nil }
            self.endOfTurn()
            self.peers = []
        }
    }

    func execute(_ job: @escaping @Sendable () -> Void) {
        // The caller's shard may belong to another server, whose mail does not come here.
        if let source = Self.current.currentValue, source !== self, source.peers.indices.contains(self.index),
            source.peers[self.index] === self
        {
            source.mail[self.index].append(job)
            source.scheduleEndOfTurn()
        } else {
            self.eventLoop.execute { self.perform([job]) }
        }
    }

    func schedule(after delay: TimeAmount, _ job: @escaping @Sendable () -> Void) {
        _ = self.eventLoop.scheduleTask(in: delay, job)
    }

    /// Makes sure that ``endOfTurn()`` runs after what this turn still has to do.
    ///
    /// NIO runs tasks after all readable channels of a turn were served, so one task is one turn's end.
    func scheduleEndOfTurn() {
        guard !self.isTurnEndScheduled else { return }
        self.isTurnEndScheduled = true
        self.eventLoop.execute { self.endOfTurn() }
    }

    private func endOfTurn() {
        self.isTurnEndScheduled = false
        for target in self.mail.indices where !self.mail[target].isEmpty {
            let jobs = self.mail[target]
            self.mail[target].removeAll(keepingCapacity: true)
            let peer = self.peers[target]
            peer.eventLoop.execute { peer.perform(jobs) }
        }
        self.flush()
    }

    private func perform(_ jobs: [@Sendable () -> Void]) {
        for job in jobs {
            job()
            self.flushIfLarge()
        }
    }
}
