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

    let shard: any EngineShard
    let options: ConnectionStateRecovery
    private let makeLog: @Sendable (TimeAmount) -> any RecoveryLog
    /// There from the first socket on that could come back.
    private var log: (any RecoveryLog)?
    private var order = AppendOrder<Item>(current: RecoveryOffset(epoch: 0, position: 0))
    private var isDraining = false
    private var desk: RecoveryDesk<Socket, RecoveryClaim>
    /// Until when clients may come back for what was saved; `nil` if nothing was.
    private(set) var restorableUntil: NIODeadline?

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
            guard let log = self.log else {
                // Nobody is there yet who could come back.
                self.order.add(item)
                return self.drain()
            }
            self.order.addWaiting(item)
            log.append(event, now: self.shard.now) { offset in
                self.order.placed(offset)
                self.drain()
            }
        }
    }

    /// Sends on what waits for nothing.
    ///
    /// What an item causes comes behind it, not into its midst.
    private func drain() {
        guard !self.isDraining else { return }
        self.isDraining = true
        while let next = self.order.next() { next.item(next.offset, self.log == nil ? nil : next.current) }
        self.isDraining = false
    }

    // MARK: Sessions

    /// Where the log is; makes it for the first socket that could come back.
    private func openLog(for connection: any EngineConnection) -> any RecoveryLog {
        if let log { return log }
        let window = ReceiptClock.window(pingInterval: connection.pingInterval, pingTimeout: connection.pingTimeout)
        let log = self.makeLog(window)
        self.log = log
        self.order.passed(log.current)
        return log
    }

    /// A client wants to go on with a session.
    ///
    /// Calls back on this shard: with the session, which is then this client's, or with nothing.
    func claim(_ claim: RecoveryClaim) {
        self.shard.run {
            switch self.desk.claimed(claim.pid, by: claim, now: self.shard.now) {
            case .take: self.take(claim)
            case .takeOver(let socket):
                // One that has left already is about to say so.
                socket.shard.run { if !socket.hasLeft { socket.client.supersede() } }
            case .refuse: claim.decided(nil)
            }
        }
    }

    private func take(_ claim: RecoveryClaim) {
        guard let log = self.log else {
            self.desk.released(claim.pid)
            return claim.decided(nil)
        }
        log.take(claim.pid, now: self.shard.now) { session in
            if session == nil { self.desk.released(claim.pid) }
            claim.decided(session)
        }
    }

    /// Lets a new socket in.
    ///
    /// `admit` runs on the socket's shard, at its place in the order, with the position of the log there.
    func admit(_ socket: Socket, pid: PrivateSessionID?, _ admit: @escaping @Sendable (_ position: UInt64) -> Void) {
        self.shard.run {
            if let pid {
                _ = self.openLog(for: socket.client.connection)
                self.desk.joined(pid, as: socket, now: self.shard.now)
            }
            self.pass { _, current in socket.shard.run { admit(current?.position ?? 0) } }
        }
    }

    /// Finds out whether a session that was claimed can be restored as things are; if not, it is given up.
    ///
    /// - Parameters:
    ///   - session: As it was taken.
    ///   - offset: How far its client got.
    ///   - decided: Called once, on this shard.
    func examine(_ session: RecoverySession, after offset: String?, decided: @escaping @Sendable (Bool) -> Void) {
        self.shard.run {
            let refuse: @Sendable () -> Void = {
                self.desk.released(session.pid)
                decided(false)
            }
            guard let log = self.log else { return refuse() }
            log.missedEvents(of: session, after: offset, now: self.shard.now) { answer in
                if case .incomplete = answer { refuse() } else { decided(true) }
            }
        }
    }

    /// Finds out how a socket can go on with a session that was claimed.
    ///
    /// - Parameters:
    ///   - socket: The new socket.
    ///   - session: As which it comes back.
    ///   - offset: How far its client got.
    ///   - decided: Runs on the socket's shard, at its place in the order.
    func restore(
        _ socket: Socket,
        as session: RecoverySession,
        after offset: String?,
        decided: @escaping @Sendable (Restoration) -> Void
    ) {
        self.shard.run {
            guard let log = self.log else {
                self.desk.released(session.pid)
                return socket.shard.run { decided(.refused) }
            }
            let found = Found()
            self.order.addWaiting { _, _ in
                let restoration = found.restoration
                socket.shard.run { decided(restoration) }
            }
            let now = self.shard.now
            log.missedEvents(of: session, after: offset, now: now) { answer in
                switch answer {
                case .complete(let missed, let start, let current):
                    var session = session
                    session.restored(from: start, replay: missed, current: current.position, now: now)
                    found.restoration = .complete(session, missed)
                    self.desk.joined(session.pid, as: socket, now: now)
                case .held:
                    found.restoration = .held
                case .incomplete:
                    self.desk.released(session.pid)
                }
                self.order.placed(nil)
                self.drain()
            }
        }
    }

    /// A session that was claimed is not used after all.
    ///
    /// `isKept`: whether its client may come back for it, having only gone again.
    func release(_ session: RecoverySession, isKept: Bool) {
        self.shard.run {
            if isKept { self.save(session) }
            self.desk.released(session.pid)
        }
    }

    /// A socket has ended; `session`: what is kept of it, if it can come back.
    func ended(_ pid: PrivateSessionID, _ session: RecoverySession?) {
        self.shard.run {
            if let session { self.save(session) }
            if let claim = self.desk.ended(pid) { self.take(claim) }
        }
    }

    private func save(_ session: RecoverySession) {
        guard let log = self.log else { return }
        let now = self.shard.now
        log.save(session, now: now)
        self.restorableUntil = now + TimeAmount(self.options.maxDisconnectionDuration)
    }
}

/// How a client that has come back goes on.
enum Restoration: Sendable {
    /// As the session that it was, with what it missed.
    case complete(RecoverySession, [LoggedEvent])
    /// Not yet: it may hold events of an earlier replay without having handled them (``MissedEvents/held(start:current:)``).
    case held
    /// As a new one: something may be missing, and the session is gone.
    case refused
}

/// What a log has found, on its way to the item that waits for it.
///
/// `@unchecked Sendable`: touched on the sequencer's shard only.
private final class Found: @unchecked Sendable {
    var restoration = Restoration.refused
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

/// A client that asks for a session.
struct RecoveryClaim: Sendable {
    let pid: PrivateSessionID
    /// Called once, on the sequencer's shard.
    let decided: @Sendable (RecoverySession?) -> Void
}
