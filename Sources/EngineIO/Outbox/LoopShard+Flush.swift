// Licensed under the MIT licence.

import EngineIOCore
import NIOCore

/// What a slot is due, when it is not the outbox's batch that sends it.
struct DueRanges {
    var slot: ConnectionSlot
    var ranges: [ArenaRange]
}

// The end of a turn: everything that is due leaves.
extension LoopShard {
    /// How many bytes of scattered ranges are brought together for one receiver.
    ///
    /// A copy of its own is only worth it while it is small; beyond, each range has a send of its own, and a thousand
    /// receivers do not make a thousand copies.
    private static let maximumJoinedBytes = 64 * 1024

    /// Sends everything that is due.
    ///
    /// Works in rounds, since a send that fails ends a session, which may make others due. Whatever is noted during a round is
    /// for the next: a round takes all ranges out of the slots before it acts on any result.
    func flush() {
        // Legal: the end of a session, which this very call brought about, may have collected much for others.
        guard !self.isFlushing else { return }
        self.isFlushing = true
        var round: [ConnectionSlot] = []
        while !self.dirty.isEmpty {
            swap(&round, &self.dirty)
            var others: [DueRanges] = []
            self.sendBatch.begin()
            for slot in round { self.stage(slot, orElse: &others) }
            self.extraRanges.removeAll(keepingCapacity: true)
            self.sendBatch.submit(from: self.arena)
            self.finishBatch()
            for due in others { self.send(due) }
            for slot in round { self.finish(slot) }
            round.removeAll(keepingCapacity: true)
        }
        self.arena.removeAll()
        if self.dirty.capacity < round.capacity { self.dirty = round }
        self.isFlushing = false
    }

    /// Takes what a slot is due out of it: into the batch, or into `others`.
    private func stage(_ slot: ConnectionSlot, orElse others: inout [DueRanges]) {
        var due = self.slots[slot].due
        guard !due.isEmpty else { return }
        self.slots[slot].due = .empty
        if self.slots[slot].firstExtra >= 0 {
            let ranges = self.takeExtraRanges(of: slot, after: due)
            guard ranges.count == 1 else { return others.append(DueRanges(slot: slot, ranges: ranges)) }
            due = ranges[0]
        }
        switch self.slots[slot].way {
        case .direct:
            self.sendBatch.add(slot: slot, descriptor: self.slots[slot].descriptor, range: due)
        case .channel:
            others.append(DueRanges(slot: slot, ranges: [due]))
        case .queue, .none:
            // The connection is gone.
            break
        }
    }

    /// All ranges of a slot, brought together in one if they are few bytes, so that they leave as one segment.
    private func takeExtraRanges(of slot: ConnectionSlot, after due: ArenaRange) -> [ArenaRange] {
        var ranges = [due]
        var byteCount = due.count
        var next = self.slots[slot].firstExtra
        while next >= 0, Int(next) < self.extraRanges.count {
            let extra = self.extraRanges[Int(next)]
            ranges.append(extra.range)
            byteCount += extra.range.count
            next = extra.next
        }
        self.slots[slot].firstExtra = -1
        self.slots[slot].lastExtra = -1
        guard byteCount <= Self.maximumJoinedBytes, self.arena.hasRoom(forCopyOf: byteCount) else { return ranges }
        let start = UInt32(truncatingIfNeeded: self.arena.count)
        for range in ranges { self.arena.appendCopy(of: range) }
        return [ArenaRange(start: start, end: UInt32(truncatingIfNeeded: self.arena.count))]
    }

    private func finishBatch() {
        for result in self.sendBatch.results {
            self.counters.bytesSent += result.sent
            switch result.outcome {
            case .complete:
                break
            case .short:
                let rest = ArenaRange(start: result.range.start + UInt32(result.sent), end: result.range.end)
                self.writeThroughChannel(rest, for: result.slot)
            case .failed:
                self.sessions[Int(result.slot)]?.transportFailed()
            }
        }
    }

    /// Sends ranges one by one, in their order.
    private func send(_ due: DueRanges) {
        for range in due.ranges {
            switch self.slots[due.slot].way {
            case .direct:
                let bytes = self.arena.bytes(in: range)
                let sent = SendBatch.send(bytes, to: self.slots[due.slot].descriptor)
                guard sent >= 0 else {
                    self.sessions[Int(due.slot)]?.transportFailed()
                    return
                }
                self.counters.bytesSent += sent
                if sent < range.count {
                    self.writeThroughChannel(
                        ArenaRange(start: range.start + UInt32(sent), end: range.end),
                        for: due.slot
                    )
                }
            case .channel:
                self.writeThroughChannel(range, for: due.slot)
            case .queue, .none:
                // The session ended on the way.
                return
            }
        }
    }

    private func finish(_ slot: ConnectionSlot) {
        guard let session = self.sessions[Int(slot)] else { return }
        switch self.slots[slot].way {
        case .queue:
            session.flushQueue()
        case .direct, .channel:
            if session.isOverBudget { session.end(.slowConsumer) }
        case .none:
            break
        }
        if self.slots[slot].due.isEmpty { session.noteFlushed() }
        // What was noted meanwhile, such as the close frame itself, goes first: the next round comes by again.
        if self.slots[slot].isClosing, self.slots[slot].due.isEmpty { session.finishClosing() }
    }

    private func writeThroughChannel(_ range: ArenaRange, for slot: ConnectionSlot) {
        guard let session = self.sessions[Int(slot)] else { return }
        self.slots[slot].way = .channel
        self.slots[slot].hasBacklog = true
        session.writeThroughChannel(ByteBuffer(bytes: self.arena.bytes(in: range)))
    }
}
