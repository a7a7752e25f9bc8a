// Licensed under the MIT licence.

import EngineIOCore
import NIOCore

/// A further range that a slot is due, in the list that starts at the slot's `firstExtra`.
struct ExtraRange {
    var range: ArenaRange
    var next: Int32
}

// The sending path: messages are encoded into the arena once per wire form, slots note which ranges they are due, and at the
// end of the turn every slot with something due gets one send of all of it.
extension LoopShard {
    func send(_ message: EngineMessage, to receivers: UnsafeBufferPointer<ConnectionSlot>, isVolatile: Bool) {
        self.deliver(message, to: receivers, isVolatile: isVolatile)
        self.counters.messagesSent += receivers.count
    }

    /// Sends a message that was counted already, such as one that waited in a queue.
    func deliver(_ message: EngineMessage, to receivers: UnsafeBufferPointer<ConnectionSlot>, isVolatile: Bool) {
        guard self.arena.hasRoom(for: message) else { return self.endSlowly(receivers) }
        var frames = MessageFrames(message)
        for slot in receivers {
            self.send(&frames, to: slot, isVolatile: isVolatile)
        }
        if !self.dirty.isEmpty { self.scheduleEndOfTurn() }
    }

    /// Sends what is due before the turn's end when the turn has collected much.
    ///
    /// Not to be called while a room is walked over: sending may end sessions.
    func flushIfLarge() {
        if self.arena.count > Self.arenaFlushThreshold { self.flush() }
    }

    /// One turn has more to send than can be addressed; its receivers cannot keep up with it either.
    private func endSlowly(_ receivers: UnsafeBufferPointer<ConnectionSlot>) {
        for slot in receivers {
            self.sessions[Int(slot)]?.isOverBudget = true
            self.markForFlush(slot)
        }
    }

    /// One message to one connection.
    func send(_ message: EngineMessage, to slot: ConnectionSlot, isVolatile: Bool) {
        withUnsafePointer(to: slot) {
            self.send(message, to: UnsafeBufferPointer(start: $0, count: 1), isVolatile: isVolatile)
        }
    }

    @inline(__always)
    private func send(_ frames: inout MessageFrames, to slot: ConnectionSlot, isVolatile: Bool) {
        let way = self.slots[slot].way
        switch way {
        case .direct, .channel:
            if isVolatile && self.slots[slot].hasBacklog {
                self.counters.messagesDropped += 1
                return
            }
            let form = self.slots[slot].form
            let range =
                form.isPlain
                ? frames.range(for: form.revision, in: &self.arena)
                : self.compressedRange(of: &frames, form, for: slot)
            self.note(range, for: slot)
        case .queue:
            self.sessions[Int(slot)]?.enqueue(frames.message, isVolatile: isVolatile)
            self.markDirty(slot)
        case .none:
            break
        }
    }

    /// Writes frames for one connection with `body` and notes them as due.
    func sendFrames(to slot: ConnectionSlot, _ body: (inout ByteArena) -> Void) {
        let start = UInt32(truncatingIfNeeded: self.arena.count)
        body(&self.arena)
        self.note(ArenaRange(start: start, end: UInt32(truncatingIfNeeded: self.arena.count)), for: slot)
        self.scheduleEndOfTurn()
    }

    /// Has the slot visited at the end of the turn: its queue may have something to say, or it wants to close.
    func markForFlush(_ slot: ConnectionSlot) {
        self.markDirty(slot)
        self.scheduleEndOfTurn()
    }

    @inline(__always)
    private func note(_ range: ArenaRange, for slot: ConnectionSlot) {
        let due = self.slots[slot].due
        if due.isEmpty {
            self.slots[slot].due = range
            self.dirty.append(slot)
        } else if self.slots[slot].firstExtra < 0, due.end == range.start {
            self.slots[slot].due.end = range.end
        } else {
            self.noteExtra(range, for: slot)
        }
    }

    private func noteExtra(_ range: ArenaRange, for slot: ConnectionSlot) {
        let last = self.slots[slot].lastExtra
        if last >= 0, self.extraRanges[Int(last)].range.end == range.start {
            self.extraRanges[Int(last)].range.end = range.end
            return
        }
        let added = Int32(truncatingIfNeeded: self.extraRanges.count)
        self.extraRanges.append(ExtraRange(range: range, next: -1))
        if last >= 0 {
            self.extraRanges[Int(last)].next = added
        } else {
            self.slots[slot].firstExtra = added
        }
        self.slots[slot].lastExtra = added
    }

    private func markDirty(_ slot: ConnectionSlot) {
        // A slot without ranges may be listed twice; its second visit finds nothing to do.
        self.dirty.append(slot)
    }
}

/// A message on its way to many connections: each wire form is encoded when the first receiver needs it.
struct MessageFrames {
    let message: EngineMessage
    private var shared: ArenaRange?
    private var revision3: ArenaRange?
    /// A handful at most: one for each form that receivers agreed on.
    private var compressed: [(form: WireForm, range: ArenaRange)] = []

    init(_ message: EngineMessage) {
        self.message = message
    }

    /// Text frames are the same for both revisions; binary ones are not.
    @inline(__always)
    mutating func range(for revision: ProtocolRevision, in arena: inout ByteArena) -> ArenaRange {
        if revision == .v3 && !self.message.attachments.isEmpty {
            if let range = self.revision3 { return range }
            let range = arena.appendMessage(self.message, revision: .v3)
            self.revision3 = range
            return range
        }
        if let range = self.shared { return range }
        let range = arena.appendMessage(self.message, revision: .v4)
        self.shared = range
        return range
    }

    /// The frames in a compressed form, once they were made.
    func compressedRange(for form: WireForm) -> ArenaRange? {
        self.compressed.first { $0.form == form }?.range
    }

    mutating func note(_ range: ArenaRange, for form: WireForm) {
        self.compressed.append((form, range))
    }
}
