// Licensed under the MIT licence.

import EngineIOCore
import NIOCore

/// How the bytes of one connection leave.
enum SendWay: UInt8 {
    /// The slot is free, or its connection is gone.
    case none
    /// Packets wait in the session's queue: polling, or an upgrade under way.
    case queue
    /// One non-blocking system call on the descriptor.
    case direct
    /// NIO's own writes: the descriptor is not ours to use (TLS), or an earlier send was short and the rest must go first.
    case channel
}

/// What the broadcast walk touches of a connection: half a cache line, no reference.
struct Slot {
    var way: SendWay = .none
    /// In which form messages leave, on a WebSocket.
    var form = WireForm(.v4)
    /// Set once bytes could not leave at once; cleared when they have.
    ///
    /// A direct slot never has any.
    var hasBacklog = false
    /// Set when the connection shall be closed as soon as what it is due has left.
    var isClosing = false
    var descriptor: CInt = -1
    /// The first range due this turn.
    var due = ArenaRange.empty
    /// Further ranges due this turn, as a list in `LoopShard.extraRanges`; -1 for none.
    var firstExtra: Int32 = -1
    var lastExtra: Int32 = -1
    /// Place in the table's list of free slots.
    var nextFree: Int32 = -1
}

/// The dense table of a shard's connections.
///
/// Confined to its shard.
struct SlotTable: ~Copyable {
    private var storage: UnsafeMutableBufferPointer<Slot>
    private var firstFree: Int32 = -1
    private(set) var highWaterMark = 0
    /// How many slots are taken.
    private(set) var count = 0

    init() {
        self.storage = .allocate(capacity: 64)
        self.storage.initialize(repeating: Slot())
    }

    deinit {
        self.storage.deallocate()
    }

    subscript(slot: ConnectionSlot) -> Slot {
        get { self.storage[Int(slot)] }
        _modify { yield &self.storage[Int(slot)] }
    }

    /// Takes a free slot, the one freed last first.
    mutating func allocate() -> ConnectionSlot {
        self.count += 1
        if self.firstFree >= 0 {
            let slot = self.firstFree
            self.firstFree = self.storage[Int(slot)].nextFree
            self.storage[Int(slot)] = Slot()
            return ConnectionSlot(slot)
        }
        if self.highWaterMark == self.storage.count {
            let larger = UnsafeMutableBufferPointer<Slot>.allocate(capacity: self.storage.count * 2)
            larger.initialize(repeating: Slot())
            for index in self.storage.indices { larger[index] = self.storage[index] }
            self.storage.deallocate()
            self.storage = larger
        }
        self.highWaterMark += 1
        return ConnectionSlot(self.highWaterMark - 1)
    }

    mutating func free(_ slot: ConnectionSlot) {
        self.count -= 1
        self.storage[Int(slot)] = Slot()
        self.storage[Int(slot)].nextFree = self.firstFree
        self.firstFree = Int32(slot)
    }
}
