// Licensed under the MIT licence.

import EngineIOCore
import SocketIOCore

extension Socket {
    /// Keeps what the client may come back for.
    ///
    /// What was done to the socket before, such as a join, may still be on its way to this shard, so the session is closed behind it.
    ///
    /// `whenDone`: called on this shard once the session, if there is one, is on its way to the log.
    func keepForRecovery(_ reason: DisconnectReason, rooms: [Room], whenDone: @escaping @Sendable () -> Void) {
        guard let recovery, let sequencer = self.namespace.sequencer else { return whenDone() }
        guard reason.isRecoverable else {
            sequencer.ended(self, recovery.pid, nil)
            return whenDone()
        }
        recovery.disconnected(rooms: rooms, now: self.shard.now)
        // The session may have to wait for its place in the order, while time goes on for the log.
        if recovery.isDurable { self.checkpoint(rooms: rooms) }
        let pid = recovery.pid
        self.inOrder { _ in
            let session = self.recovery?.session(sid: self.id, data: self.data.values)
            sequencer.ended(self, pid, session)
            self.recovery = nil
            whenDone()
        }
    }
}

// What a durable log is told while the socket is in use.
extension Socket {
    /// Does something that changes what the client would come back to, at its place in the order; gets the log's position there.
    ///
    /// A durable log has been told by then that the socket is about to change, and is told afterwards to what.
    func inOrderOfChanges(_ change: @escaping @Sendable (_ position: UInt64) -> Void) {
        guard let sequencer = self.namespace.sequencer else { return self.shard.run { change(0) } }
        sequencer.change(self, change)
    }

    /// Tells the log of the socket, from now on.
    func beginCheckpoints() {
        guard let recovery, recovery.isDurable, self.isConnected else { return }
        self.data.observe { [weak self] _ in self?.inOrderOfChanges { _ in } }
        self.checkpointSoon()
    }

    /// Tells the log of the socket at the end of this turn, once for all changes until then.
    ///
    /// `changes`: how many it was told before that they are coming.
    func checkpointSoon(covering changes: Int = 0) {
        guard let recovery, recovery.isDurable else { return }
        recovery.coveredChanges += changes
        guard !recovery.isCheckpointDue else { return }
        recovery.isCheckpointDue = true
        self.shard.execute { self.checkpoint() }
    }

    /// Tells the log of the socket.
    func checkpoint() {
        // One that has left has said so.
        guard let recovery, recovery.isDurable, self.isConnected else { return }
        self.checkpoint(rooms: self.part.rooms(of: self))
    }

    private func checkpoint(rooms: [Room]) {
        guard let recovery, let sequencer = self.namespace.sequencer else { return }
        let changes = recovery.coveredChanges
        recovery.coveredChanges = 0
        recovery.isCheckpointDue = false
        let checkpoint = recovery.checkpoint(
            sid: self.id,
            data: self.data.values,
            rooms: rooms,
            now: self.shard.now
        )
        sequencer.checkpointed(self, checkpoint, covering: changes)
    }
}

extension DisconnectReason {
    /// Whether a client that left like this may come back as the socket that it was.
    var isRecoverable: Bool { EngineCloseReason(rawValue: self.rawValue)?.isRecoverable ?? false }
}
