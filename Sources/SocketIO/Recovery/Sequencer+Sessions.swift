// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import SocketIOCore

// Who gets in as whom, and what is kept of those who leave.
extension Sequencer {
    /// Where the log is; makes it for the first socket that could come back.
    private func openLog(for connection: any EngineConnection) -> any RecoveryLog {
        if let log = self.lastingLog() { return log }
        let window = ReceiptClock.window(pingInterval: connection.pingInterval, pingTimeout: connection.pingTimeout)
        let log = self.makeLog(window)
        self.log = log
        self.order.passed(log.current)
        return log
    }

    /// The log, if it is there already; makes it if it is durable, since clients of an earlier process may come back.
    func lastingLog() -> (any RecoveryLog)? {
        guard self.log == nil, !self.isTransient else { return self.log }
        // Nobody has told yet how long a heartbeat takes; longer than most is right for all.
        let log = self.makeLog(.minutes(5))
        guard log.isDurable else {
            self.isTransient = true
            return nil
        }
        self.log = log
        self.order.passed(log.current)
        if log.hasSessions { self.restorableUntil = self.shard.now + TimeAmount(self.options.maxDisconnectionDuration) }
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
                socket.shard.run { if !socket.hasLeft || socket.isSentAway { socket.client.supersede() } }
            case .refuse:
                self.outcomes.refused += 1
                claim.decided(nil)
            }
        }
    }

    private func take(_ claim: RecoveryClaim) {
        guard let log = self.lastingLog() else {
            self.outcomes.refused += 1
            self.desk.released(claim.pid)
            return claim.decided(nil)
        }
        let decided: @Sendable (RecoverySession?) -> Void = { session in
            if session == nil {
                // Another process that asks counts its client itself.
                if !claim.isLocal { self.outcomes.refused += 1 }
                self.desk.released(claim.pid)
            }
            claim.decided(session)
        }
        guard let sharedLog, !claim.isLocal else { return log.take(claim.pid, now: self.shard.now, whenDone: decided) }
        // It may come from another process, with events that have to be kept from now on.
        self.resumeRecording()
        sharedLog.take(claim.pid, after: claim.offset, now: self.shard.now, whenDone: decided)
    }

    /// Gives a session up for another process, which ends its socket if there is one; with what its client missed.
    ///
    /// Calls back on this shard, with nothing if there is no such session or something may be missing; then it is gone.
    func withdraw(
        _ pid: PrivateSessionID,
        after offset: String?,
        decided: @escaping @Sendable (MovedSession?) -> Void
    ) {
        self.claim(
            RecoveryClaim(pid: pid, offset: offset, isLocal: true) { session in
                guard let session, let log = self.sharedLog else { return decided(nil) }
                log.depart(session, after: offset, now: self.shard.now) { moved in
                    self.desk.released(pid)
                    decided(moved)
                }
            }
        )
    }

    /// Lets a new socket in.
    ///
    /// `admit` runs on the socket's shard, at its place in the order, with the position of the log there, and the private id that it got.
    func admit(
        _ socket: Socket,
        pid: PrivateSessionID?,
        _ admit: @escaping @Sendable (_ pid: PrivateSessionID?, _ position: UInt64, _ isDurable: Bool) -> Void
    ) {
        self.shard.run {
            var isDurable = false
            var pid = pid
            if let random = pid {
                isDurable = self.openLog(for: socket.client.connection).isDurable
                self.resumeRecording()
                let given = self.sharedLog.map { random.given(by: $0.name) } ?? random
                self.joined(given, as: socket, isDurable: isDurable)
                pid = given
            }
            self.pass { [pid, isDurable] _, current in
                socket.shard.run { admit(pid, current?.position ?? 0, isDurable) }
            }
        }
    }

    private func joined(_ pid: PrivateSessionID, as socket: Socket, isDurable: Bool) {
        self.desk.joined(pid, as: socket, now: self.shard.now)
        guard isDurable else { return }
        self.sessionsInUse[ObjectIdentifier(socket)] = SessionInUse(pid: pid)
        self.keepTime()
    }

    /// Tells a durable log that the process lives, for as long as there are sockets.
    private func keepTime() {
        guard !self.isKeepingTime else { return }
        self.isKeepingTime = true
        self.shard.schedule(after: Self.timeInterval) { [weak self] in
            guard let self else { return }
            self.isKeepingTime = false
            guard let log = self.log, !self.sessionsInUse.isEmpty else { return }
            log.noteTime(now: self.shard.now)
            self.keepTime()
        }
    }

    /// A socket is like this now.
    ///
    /// `changes`: how many changes, of which the log was told before, are in it. While others are on their way the log must not take it
    /// for the latest.
    func checkpointed(_ socket: Socket, _ checkpoint: SessionCheckpoint, covering changes: Int) {
        self.shard.run {
            let key = ObjectIdentifier(socket)
            guard var session = self.sessionsInUse[key] else { return }
            session.changes -= changes
            self.sessionsInUse[key] = session
            if session.changes == 0 { self.log?.checkpoint(checkpoint, now: self.shard.now) }
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
                self.outcomes.refused += 1
                self.giveUp(session)
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
                self.outcomes.refused += 1
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
                    self.outcomes.recovered += 1
                    var session = session
                    session.restored(from: start, replay: missed, current: current.position, now: now)
                    found.restoration = .complete(session, missed, isDurable: log.isDurable)
                    self.joined(session.pid, as: socket, isDurable: log.isDurable)
                case .held:
                    self.outcomes.held += 1
                    found.restoration = .held
                    // Its client may come back before it has been sent away, over another connection.
                    self.desk.joined(session.pid, as: socket, now: now)
                case .incomplete:
                    self.outcomes.refused += 1
                    self.giveUp(session)
                }
                self.order.placed(nil)
                self.drain()
            }
        }
    }

    /// Nobody goes on with a session that was claimed, so the log need not know of it any longer either.
    private func giveUp(_ session: RecoverySession) {
        self.desk.released(session.pid)
        self.log?.forget(session.pid, now: self.shard.now)
    }

    /// A session that was claimed is not used after all.
    ///
    /// `isKept`: whether its client may come back for it, having only gone again.
    func release(_ session: RecoverySession, isKept: Bool) {
        self.shard.run {
            if isKept { self.save(session) }
            if let claim = self.desk.ended(session.pid) {
                self.take(claim)
            } else if isKept {
                self.desk.released(session.pid)
            } else {
                self.giveUp(session)
            }
        }
    }

    /// A socket has ended; `session`: what is kept of it, if it can come back.
    func ended(_ socket: Socket, _ pid: PrivateSessionID, _ session: RecoverySession?) {
        self.shard.run {
            let wasInUse = self.sessionsInUse.removeValue(forKey: ObjectIdentifier(socket)) != nil
            if let session {
                self.save(session)
            } else if wasInUse {
                self.log?.forget(pid, now: self.shard.now)
            }
            if let claim = self.desk.ended(pid) { self.take(claim) }
        }
    }

    /// Calls back, on this shard, when all that ended before on a shard can be come back for, as far as the log can record it.
    func flush(_ shard: any EngineShard, whenDone: @escaping @Sendable () -> Void) {
        // The way that a socket's end takes.
        shard.execute {
            self.pass { _, _ in
                shard.run {
                    self.shard.run {
                        guard let log = self.log else { return whenDone() }
                        log.flush(whenDone: whenDone)
                    }
                }
            }
        }
    }
}

/// How a client that has come back goes on.
enum Restoration: Sendable {
    /// As the session that it was, with what it missed.
    case complete(RecoverySession, [LoggedEvent], isDurable: Bool)
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

/// A client that asks for a session.
struct RecoveryClaim: Sendable {
    let pid: PrivateSessionID
    /// How far it got, as it says.
    let offset: String?
    /// Whether only what is here will do: it asks on behalf of another process.
    var isLocal = false
    /// Called once, on the sequencer's shard.
    let decided: @Sendable (RecoverySession?) -> Void
}
