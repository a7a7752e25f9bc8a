// Licensed under the MIT licence.

import Dispatch
package import NIOCore
package import RedisNIO
package import SocketIOCore
import Synchronization

/// Keeps a process's recovery journal on Redis, and finds sessions of other processes.
///
/// A process that lives is asked for a session, and hands it over; the journal of one that is gone is closed and read, once for all of its
/// clients that come here. Where a session is stands in a hash of the process that gave it out, which is changed by comparison with
/// what it was: so of several processes that want a session one gets it.
///
/// A process that was taken for gone and lives after all can add nothing to its journal any more; it finds that out with the next batch,
/// and begins anew under another name.
///
/// `@unchecked Sendable`: every `var` is touched on the loop of the log alone, on which ``open(on:options:numbering:withdraw:)`` is called.
/// Other threads know nothing but that loop, from behind a lock, and leave the rest to ``execute(_:)``.
package final class RedisRecovery: SharedRecoveryJournal, RecoveryPeers, @unchecked Sendable {
    /// Gives a session up: ends its socket if there is one, and calls back on the log's loop.
    package typealias Withdrawal =
        @Sendable (PrivateSessionID, _ offset: String?, _ whenDone: @escaping @Sendable (MovedSession?) -> Void) -> Void

    private static let appendScript = RedisScript(embedded: PackageResources.recovery_append_lua)
    private static let renewScript = RedisScript(embedded: PackageResources.recovery_renew_lua)
    /// How long a batch may take: much less than ``ReceiptClock/reserve``, since its events wait to be sent meanwhile.
    private static let batchTime = Duration.seconds(2)
    /// How long the end waits for sessions that are being handed over.
    private static let handoverTime = TimeAmount.seconds(2)

    /// What is known of the log that the journal is for.
    struct Log {
        let loop: any EventLoop
        let options: ConnectionStateRecovery
        let numbering: RoomNumbering
        let withdraw: Withdrawal
        var log: SharedRecoveryLog?
    }

    let client: RedisClient
    let options: RedisRecoveryOptions
    let keys: RedisKeys
    private let loop = Mutex<(any EventLoop)?>(nil)
    private let rejected = Atomic(0)
    private var opened: Log?
    package private(set) var name: LogName
    private(set) var formerNames: Set<LogName> = []
    /// Whether nothing has been recorded under the name.
    private var isNew = true
    private var isFailing = false
    private var timer: RepeatedTask?
    private var tickCount = 0
    private(set) var isClosed = false
    /// How many sessions others have asked for and do not have yet.
    private var handovers = 0
    private var whenHandedOver: (@Sendable () -> Void)?

    /// Since when the server has been there without a break; `nil` while it is not.
    var listeningSince: NIODeadline?
    var hasBeenInterrupted = false
    var hasToldOfRefusal = false
    var lastQuestion: UInt64 = 0
    var questions: [UInt64: RecoveryQuestion] = [:]
    var silentProcesses: [LogName: [@Sendable (Bool) -> Void]] = [:]
    var retired: [LogName: RetiredJournal] = [:]
    /// Processes whose journals are closed and are to be read.
    var unread = CircularBuffer<LogName>()
    /// Whose journal is being read, and how much of it is there.
    var reading: (owner: LogName, bytes: Int)?
    let readingQueue = DispatchQueue(label: "martlet recovery journals")

    /// How many messages between nodes about sessions made no sense.
    package var rejectedCount: Int { self.rejected.load(ordering: .relaxed) }

    func noteRejection() { self.rejected.add(1, ordering: .relaxed) }

    /// Keeps journals behind a client, which others may use as well and whose owner closes it.
    package init(_ client: RedisClient, _ options: RedisRecoveryOptions = RedisRecoveryOptions()) {
        self.client = client
        self.options = options
        self.keys = RedisKeys(prefix: options.prefix)
        self.name = LogName(random: .random(in: .min ... .max))
    }

    /// What is known of the log; on its loop alone.
    var log: Log? {
        self.opened?.loop.assertInEventLoop()
        return self.opened
    }

    /// Runs something on the loop of the log, if there is one; call on any thread.
    ///
    /// - Parameter body: What to run.
    /// - Returns: Whether it is going to run.
    @discardableResult
    func execute(_ body: @escaping @Sendable () -> Void) -> Bool {
        guard let loop = self.loop.withLock({ $0 }) else { return false }
        loop.execute(body)
        return true
    }

    /// Begins to listen for others; call on the loop of the log.
    ///
    /// - Parameters:
    ///   - loop: The event loop of the log's shard.
    ///   - options: How long clients may be away, and what one may cost.
    ///   - numbering: How rooms' events are numbered.
    ///   - withdraw: Gives up a session that another process asks for.
    package func open(
        on loop: any EventLoop,
        options: ConnectionStateRecovery,
        numbering: RoomNumbering,
        withdraw: @escaping Withdrawal
    ) {
        loop.assertInEventLoop()
        self.loop.withLock { $0 = loop }
        self.opened = Log(loop: loop, options: options, numbering: numbering, withdraw: withdraw)
        self.client.subscribe(to: self.subscription(self.name), self)
        let interval = TimeAmount.nanoseconds(
            min(TimeAmount(self.options.leaseDuration).nanoseconds / 3, 1_000_000_000)
        )
        self.timer = loop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in self.tick() }
    }

    /// Names the log; call on its loop.
    package func attach(_ log: SharedRecoveryLog) { self.opened?.log = log }

    /// Stops to listen, hands over what others have asked for by then, and gives up the lease, so that others read the journal at
    /// once.
    ///
    /// Call on any thread, when nobody is connected any more.
    package func close(completion: @escaping @Sendable () -> Void) {
        let isOpen = self.execute {
            self.isClosed = true
            self.timer?.cancel()
            self.client.unsubscribe(from: self.subscription(self.name), self)
            // A session that is on its way is in the journal no more.
            self.whenHandedOver = {
                self.opened?.log = nil
                let lease = RedisCommand("DEL", .key(self.keys.recoveryLease(self.name)))
                self.client.send(lease, within: .seconds(1)) { _ in completion() }
            }
            guard self.handovers > 0, let loop = self.log?.loop else { return self.endHandovers() }
            loop.scheduleTask(in: min(self.options.patience, Self.handoverTime)) { self.endHandovers() }
        }
        if !isOpen { completion() }
    }

    private func endHandovers() { self.whenHandedOver.take()?() }

    /// Another process is to be given a session.
    func handoverBegan() { self.handovers += 1 }

    /// It has been told that the session is there for it, or is not.
    func handoverEnded() {
        self.handovers -= 1
        if self.handovers == 0 { self.endHandovers() }
    }

    /// Sends a command, and gets the answer on the log's loop; `nil` if there is none.
    func send(_ command: RedisCommand, within time: Duration? = nil, _ body: @escaping @Sendable (RESPValue?) -> Void) {
        guard let loop = self.log?.loop else { return body(nil) }
        self.client.send(command, within: time ?? Duration(self.options.patience)) { result in
            let reply = try? result.get()
            loop.execute { body(reply) }
        }
    }

    func subscription(_ process: LogName) -> RedisSubscription {
        let channel = self.keys.recoveryChannel(process)
        return self.options.usesShardChannels ? .shardChannel(channel) : .channel(channel)
    }

    /// For how long a journal is kept after the last word of its process.
    var journalMilliseconds: Int {
        let window = self.log?.options.maxDisconnectionDuration ?? .zero
        return Int(TimeAmount(window).nanoseconds / 1_000_000) + self.leaseMilliseconds + 60_000
    }
    private var leaseMilliseconds: Int { Int(TimeAmount(self.options.leaseDuration).nanoseconds / 1_000_000) }

    // MARK: Journal

    package func gather(_ whenDone: @escaping @Sendable () -> Void) {
        if !self.execute(whenDone) { whenDone() }
    }

    package func append(_ batch: JournalBatch, whenDone: @escaping @Sendable (Bool) -> Void) {
        let name = self.name
        var command = RedisCommand(
            Self.appendScript,
            keys: [self.keys.recoveryLog(name), self.keys.recoveryState(name), self.keys.recoveryLease(name)],
            arguments: [
                self.isNew ? "new" : "", .number(self.journalMilliseconds), .number(self.leaseMilliseconds),
                .number(Int(batch.firstSerial)), .number(Int(batch.dropBefore)),
            ]
        )
        for record in batch.records { command.append(record) }
        // A short interruption is a delay, a long one must not hold up every event anew.
        command.failsWhenDisconnected = self.isFailing
        self.send(command, within: Self.batchTime) { reply in
            self.isFailing = reply == nil
            if reply?.number == 0 { self.rename() } else if reply != nil { self.isNew = false }
            whenDone(reply?.number == 1)
        }
    }

    private func rename() {
        self.client.unsubscribe(from: self.subscription(self.name), self)
        self.formerNames.insert(self.name)
        self.name = LogName(random: .random(in: .min ... .max))
        self.isNew = true
        self.client.subscribe(to: self.subscription(self.name), self)
    }

    private func tick() {
        self.tickCount += 1
        self.dropRetired()
        if self.tickCount % 5 == 0 { self.log?.log?.tick() }
        guard !self.isNew, !self.isClosed else { return }
        let name = self.name
        let command = RedisCommand(
            Self.renewScript,
            keys: [
                self.keys.recoveryLog(name), self.keys.recoveryState(name), self.keys.recoveryLease(name),
                self.keys.recoveryRooms(name), self.keys.recoveryMoved(name),
            ],
            arguments: [.number(self.journalMilliseconds), .number(self.leaseMilliseconds)]
        )
        // Whether others have the journal, the next batch is told.
        self.send(command) { _ in }
    }

    // MARK: Numbers

    package func note(_ numbers: [Room: Int]) {
        let key = self.keys.recoveryRooms(self.name)
        let all = Array(numbers)
        for start in stride(from: 0, to: all.count, by: 500) {
            var command = RedisCommand("HSET", .key(key))
            for (room, number) in all[start..<min(start + 500, all.count)] {
                command.append(Self.field(room))
                command.append(.number(number))
            }
            self.send(command) { _ in }
        }
        self.expire(key)
    }

    package func forget(_ rooms: [Room]) {
        var command = RedisCommand("HDEL", .key(self.keys.recoveryRooms(self.name)))
        for room in rooms { command.append(Self.field(room)) }
        if !rooms.isEmpty { self.send(command) { _ in } }
    }

    package func numbersAreNoted(at offset: RecoveryOffset?) {
        let key = self.keys.recoveryRooms(self.name)
        guard let offset else { return self.send(RedisCommand("HDEL", .key(key), "")) { _ in } }
        self.send(RedisCommand("HSET", .key(key), "", .text(offset.encoded))) { _ in }
        self.expire(key)
    }

    private func expire(_ key: String) {
        // Until the first batch nobody renews it.
        guard self.isNew else { return }
        self.send(RedisCommand("PEXPIRE", .key(key), .number(self.journalMilliseconds))) { _ in }
    }

    /// What a room is called among ``RedisKeys/recoveryRooms(_:)``.
    static func field(_ room: Room) -> String { "\(room.realm):\(room.name)" }
}

extension Duration {
    init(_ amount: TimeAmount) { self = .nanoseconds(amount.nanoseconds) }
}
