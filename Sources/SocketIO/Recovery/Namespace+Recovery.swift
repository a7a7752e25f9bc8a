// Licensed under the MIT licence.

package import SocketIOCore

extension Namespace {
    /// Calls back on the shard that the recovery log belongs to: with the log if it outlives the process, which is then open, or
    /// with nothing.
    package func withLastingRecoveryLog(_ body: @escaping @Sendable ((any RecoveryLog)?) -> Void) {
        guard let sequencer else { return body(nil) }
        sequencer.shard.run { body(sequencer.lastingLog()) }
    }
}
