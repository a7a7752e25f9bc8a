// Licensed under the MIT licence.

package import SocketIOCore

extension Namespace {
    /// Calls back on the shard that the recovery log belongs to: with the log if it outlives the process, which is then open, or
    /// with nothing.
    package func withLastingRecoveryLog(_ body: @escaping @Sendable ((any RecoveryLog)?) -> Void) {
        guard let sequencer else { return body(nil) }
        sequencer.shard.run { body(sequencer.lastingLog()) }
    }

    /// Runs something on the shard that the recovery log belongs to, behind everything that this shard has sent before; not at all where
    /// nobody can come back.
    package func onRecoveryShard(_ body: @escaping @Sendable () -> Void) {
        self.sequencer?.shard.run(body)
    }

    /// Gives the session of a client, which may be here or away, up for another process.
    ///
    /// - Parameters:
    ///   - pid: The session's private id.
    ///   - offset: How far its client got, as it says.
    ///   - whenDone: Called once, on the shard of the log; with nothing if there is no such session, or something may be missing.
    package func withdrawSession(
        _ pid: PrivateSessionID,
        after offset: String?,
        whenDone: @escaping @Sendable (MovedSession?) -> Void
    ) {
        guard let sequencer else { return whenDone(nil) }
        sequencer.withdraw(pid, after: offset, decided: whenDone)
    }
}
