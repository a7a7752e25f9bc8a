// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import SocketIOCore

/// The one place that everything a namespace with recovery sends, and every change of its rooms, passes through.
///
/// Theory of operation. A client says how far it got with the offset of the last event it received, so what its shard sends must
/// come in the order of the log, on every shard. Therefore all of it (events, acknowledgements, DISCONNECT, joins and
/// leaves) goes to the namespace's home shard first, in order; there an event gets its place in the log; and from there everything
/// goes on to the sockets' shards, in that order. Shards keep the order of jobs from one to another, so an event that comes
/// later in the log comes later to every socket, a socket that joined between two events is sent exactly the second,
/// and a client that comes back is let in between the last event it is replayed and the first it is sent.
///
/// `@unchecked Sendable`: every `var` is touched on `shard` only.
final class Sequencer: @unchecked Sendable {
    /// Sends one thing on; gets its own offset, if it is an event that was recorded, and the offset that all have reached.
    typealias Item = @Sendable (_ offset: RecoveryOffset?, _ current: RecoveryOffset?) -> Void

    /// How often a durable log is told that the process lives.
    static let timeInterval: TimeAmount = .seconds(5)

    let shard: any EngineShard
    let options: ConnectionStateRecovery
    let makeLog: @Sendable (TimeAmount) -> any RecoveryLog
    /// There from the first socket on that could come back; a durable one from the first event or claim on.
    var log: (any RecoveryLog)? {
        didSet { self.sharedLog = self.log as? SharedRecoveryLog }
    }
    /// The log, if it shares its sessions with other processes.
    private(set) var sharedLog: SharedRecoveryLog?
    /// Whether it is known that the log will not be durable.
    var isTransient = false
    var order = AppendOrder<Item>(current: RecoveryOffset(epoch: 0, position: 0))
    private var isDraining = false
    /// Until when clients may come back for what was saved; `nil` if nothing was.
    var restorableUntil: NIODeadline?
    /// Whether events went out that the log was not told of, since nobody could come back for them.
    private var hasSkipped = false
    var desk: RecoveryDesk<Socket, RecoveryClaim>
    /// The sockets that a durable log is told of while they are in use.
    var sessionsInUse: [ObjectIdentifier: SessionInUse] = [:]
    var isKeepingTime = false
    /// What became of clients that came back.
    var outcomes = RecoveryCounts()

    struct SessionInUse {
        let pid: PrivateSessionID
        /// How many changes the log was told of that are not checkpointed yet.
        var changes = 0
    }

    init(
        shard: any EngineShard,
        options: ConnectionStateRecovery,
        makeLog: @escaping @Sendable (TimeAmount) -> any RecoveryLog
    ) {
        self.shard = shard
        self.options = options
        self.makeLog = makeLog
        self.desk = RecoveryDesk(minimumTakeOverAge: TimeAmount(options.minimumTakeOverAge))
    }

    // MARK: Order

    /// Passes something on that is no event, or one that is not kept.
    func pass(_ item: @escaping Item) {
        self.shard.run {
            self.order.add(item)
            self.drain()
        }
    }

    /// Gives an event its place and passes it on.
    func pass(_ event: RecoverableEvent, _ item: @escaping Item) {
        self.shard.run {
            guard let log = self.logForEvent() else {
                self.sharedLog?.passed(event)
                self.order.add(item)
                return self.drain()
            }
            self.order.addWaiting(item)
            log.append(event, now: self.shard.now) { offset in
                // What is left of the log elsewhere does not know the event: its client must not seem to be where it was before.
                let isLost = offset == nil && self.sharedLog != nil
                self.order.placed(isLost ? RecoveryOffset(epoch: log.current.epoch, position: 0) : offset)
                self.drain()
            }
        }
    }

    /// The log, unless nobody is there, or was of late, who could come back.
    private func logForEvent() -> (any RecoveryLog)? {
        guard let log = self.lastingLog() else { return nil }
        if self.desk.count > 0 || self.shard.now < self.restorableUntil ?? .distantPast { return log }
        if !self.hasSkipped { log.skipped(now: self.shard.now) }
        self.hasSkipped = true
        return nil
    }

    /// Somebody is there who can come back: from here on the log knows all events.
    func resumeRecording() {
        guard self.hasSkipped else { return }
        self.hasSkipped = false
        self.log?.skipped(now: self.shard.now)
    }

    /// Passes on a change of what a socket's client would come back to: its rooms, its data, its end.
    ///
    /// `change` runs on the socket's shard, at its place in the order, with the position of the log there.
    func change(_ socket: Socket, _ change: @escaping @Sendable (_ position: UInt64) -> Void) {
        self.shard.run {
            let key = ObjectIdentifier(socket)
            guard let log = self.log, let pid = self.sessionsInUse[key]?.pid else {
                self.order.add { _, current in socket.shard.run { change(current?.position ?? 0) } }
                return self.drain()
            }
            self.sessionsInUse[key]?.changes += 1
            self.order.addWaiting { _, current in
                socket.shard.run {
                    change(current?.position ?? 0)
                    socket.checkpointSoon(covering: 1)
                }
            }
            log.changing(pid, now: self.shard.now) {
                self.order.placed(nil)
                self.drain()
            }
        }
    }

    /// Passes on a change of any number of sockets, which has to say when all of them have changed and are checkpointed.
    ///
    /// Which ones is known on their shards only. So a durable log cannot be told before, and what comes behind waits until the
    /// checkpoints are recorded.
    func changeMany(
        _ change: @escaping @Sendable (_ position: UInt64, _ done: @escaping @Sendable () -> Void) -> Void
    ) {
        self.shard.run {
            guard let log = self.log, log.isDurable else {
                self.order.add { _, current in change(current?.position ?? 0) {} }
                return self.drain()
            }
            self.order.addHolding { _, current in
                change(current?.position ?? 0) {
                    log.flush {
                        self.order.release()
                        self.drain()
                    }
                }
            }
            self.drain()
        }
    }

    /// Sends on what waits for nothing.
    ///
    /// What an item causes comes behind it, not into its midst.
    func drain() {
        guard !self.isDraining else { return }
        self.isDraining = true
        while let next = self.order.next() { next.item(next.offset, self.log == nil ? nil : next.current) }
        self.isDraining = false
    }

    /// Keeps a session for a client that may come back.
    func save(_ session: RecoverySession) {
        guard let log = self.log else { return }
        let now = self.shard.now
        log.save(session, now: now)
        self.restorableUntil = now + TimeAmount(self.options.maxDisconnectionDuration)
    }
}

extension Sequencer {
    /// An event's arguments as clients that can come back get them, or `nil` if they get the same as others.
    ///
    /// Without an offset of its own an event whose end they would take for one gets the offset that they have anyway.
    static func arguments(
        _ arguments: ByteBuffer,
        _ offset: RecoveryOffset?,
        _ current: RecoveryOffset?
    ) -> ByteBuffer? {
        if let offset { return offset.appended(to: arguments) }
        guard let current, RecoveryOffset.isTaken(fromEndOf: arguments) else { return nil }
        return current.appended(to: arguments)
    }
}
