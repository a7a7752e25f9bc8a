// Licensed under the MIT licence.

import EngineIOCore
import NIOCore

extension LoopShard {
    /// Makes a session known under its slot and id.
    func add(_ session: Session) {
        let index = Int(session.slot)
        while self.sessions.count <= index {
            self.sessions.append(nil)
            self.deadlines.append(.distantFuture)
        }
        self.sessions[index] = session
        self.sessionsByID[session.id] = session
        self.slots[session.slot].way = .queue
        self.slots[session.slot].form = WireForm(session.handshake.revision)
        self.counters.sessionsOpened += 1
        if let addresses, let network = IPAddress(session.handshake.address)?.assignedNetwork {
            addresses.opened(network, now: self.now)
        }
        self.counters.handshakes[session.handshake.transport, session.handshake.revision] += 1
    }

    func remove(_ session: Session) {
        let index = Int(session.slot)
        guard self.sessions[index] === session else { return }
        self.sessions[index] = nil
        self.deadlines[index] = .distantFuture
        self.sessionsByID[session.id] = nil
        self.slots.free(session.slot)
        if let addresses, let network = IPAddress(session.handshake.address)?.assignedNetwork {
            addresses.closed(.session, network)
        }
    }

    /// The session of an id, if it belongs to this mount: an id is worth nothing on another path.
    func session(_ id: SessionID, of settings: EngineSettings) -> Session? {
        guard let session = self.sessionsByID[id], session.settings === settings else { return nil }
        return session
    }

    /// The id of a new session; with this process's address, if there are others.
    func makeSessionID(node: NodeAddress? = nil) -> SessionID {
        var generator = SystemRandomNumberGenerator()
        return SessionID(shardIndex: self.index, random: (generator.next(), generator.next()), node: node)
    }

    /// One look at every deadline of the shard: a walk over contiguous numbers.
    func sweep() {
        let now = self.now
        for slot in 0..<self.slots.highWaterMark where slot < self.deadlines.count && self.deadlines[slot] <= now {
            self.sessions[slot]?.deadlineReached(now: now)
        }
        self.requestDeadlines.closeExpired(now: now)
    }

    /// Ends every session, as at shutdown.
    func closeAllSessions(_ reason: EngineCloseReason) {
        for session in self.sessions { session?.end(reason) }
        self.flush()
    }
}
