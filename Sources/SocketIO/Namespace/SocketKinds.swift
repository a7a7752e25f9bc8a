// Licensed under the MIT licence.

import EngineIOCore

/// Which sockets of a shard can come back, by slot: a broadcast to both kinds walks over numbers and touches no socket.
struct SocketKinds {
    /// How many sockets cannot come back.
    private(set) var plainCount = 0
    /// By slot; of one without a socket it means nothing.
    private var isPlain: [Bool] = []
    /// The receivers of the last broadcast that was taken apart, by kind.
    private(set) var plain: [ConnectionSlot] = []
    private(set) var recoverable: [ConnectionSlot] = []

    mutating func added(_ slot: ConnectionSlot, isPlain: Bool) {
        let index = Int(slot)
        if index >= self.isPlain.count {
            self.isPlain.append(contentsOf: repeatElement(false, count: index + 1 - self.isPlain.count))
        }
        self.isPlain[index] = isPlain
        if isPlain { self.plainCount += 1 }
    }

    mutating func removed(_ slot: ConnectionSlot) {
        if self.isPlain[Int(slot)] { self.plainCount -= 1 }
    }

    /// Takes receivers apart.
    mutating func takeApart(_ slots: UnsafeBufferPointer<ConnectionSlot>) {
        self.plain.removeAll(keepingCapacity: true)
        self.recoverable.removeAll(keepingCapacity: true)
        for slot in slots {
            if self.isPlain[Int(slot)] { self.plain.append(slot) } else { self.recoverable.append(slot) }
        }
    }
}
