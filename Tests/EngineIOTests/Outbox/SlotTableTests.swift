// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import SocketIOTesting
import Testing

@testable import EngineIO

@Suite struct SlotTableTests {
    @Test func `a slot takes no more than half a cache line`() {
        #expect(MemoryLayout<Slot>.stride <= 32)
    }

    @Test func `the slot freed last is taken first, and is clean`() {
        var table = SlotTable()
        let slots = (0..<3).map { _ in table.allocate() }
        #expect(slots == [0, 1, 2])
        table[1].way = .direct
        table[1].descriptor = 7
        table[1].due = ArenaRange(start: 1, end: 2)
        table.free(1)
        table.free(0)
        #expect(table.count == 1)
        #expect(table.allocate() == 0)
        #expect(table.allocate() == 1)
        #expect(table[1].way == .none && table[1].descriptor == -1 && table[1].due.isEmpty && table[1].firstExtra == -1)
        #expect(table.allocate() == 3)
        #expect(table.highWaterMark == 4)
    }

    @Test(arguments: 0..<20 as Range<UInt64>) func `no slot is given out twice`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var table = SlotTable()
        var taken: [ConnectionSlot: CInt] = [:]
        for step in 0..<2_000 {
            if taken.isEmpty || Int.random(in: 0..<5, using: &generator) < 3 {
                let slot = table.allocate()
                #expect(taken[slot] == nil, "seed \(seed), step \(step)")
                table[slot].descriptor = CInt(step)
                taken[slot] = CInt(step)
            } else if let slot = taken.keys.sorted().randomElement(using: &generator) {
                #expect(table[slot].descriptor == taken[slot], "seed \(seed), step \(step)")
                taken[slot] = nil
                table.free(slot)
            }
            #expect(table.count == taken.count)
        }
    }
}
