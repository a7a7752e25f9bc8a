// Licensed under the MIT licence.

extension Server {
    /// Waits until the sessions of all connections that have ended are where their clients can come back for them.
    ///
    /// Call it after the engine's shutdown, which ends every connection, and before the storage of a durable ``/SocketIOCore/RecoveryLog`` is
    /// closed and the loops are: then all clients that were connected go on with the next process. Returns at once where nobody
    /// can come back.
    public func saveSessions() async {
        for namespace in self.namespaces {
            guard let sequencer = namespace.sequencer else { continue }
            for shard in self.shards {
                await withCheckedContinuation { continuation in
                    sequencer.flush(shard) { continuation.resume() }
                }
            }
        }
    }
}
