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
            sequencer.ended(recovery.pid, nil)
            return whenDone()
        }
        recovery.disconnected(rooms: rooms, now: self.shard.now)
        let pid = recovery.pid
        self.inOrder { _ in
            let session = self.recovery?.session(sid: self.id, data: self.data.values)
            sequencer.ended(pid, session)
            self.recovery = nil
            whenDone()
        }
    }
}

extension DisconnectReason {
    /// Whether a client that left like this may come back as the socket that it was.
    var isRecoverable: Bool { EngineCloseReason(rawValue: self.rawValue)?.isRecoverable ?? false }
}
