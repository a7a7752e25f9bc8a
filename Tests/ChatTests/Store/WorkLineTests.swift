// Licensed under the MIT licence.

import Dispatch
import Testing

@testable import ChatStores

@Suite struct WorkLineTests {
    private func taken(_ next: WorkLine<Int>.Next) -> [Int]? {
        if case .work(let work) = next { work } else { nil }
    }

    @Test("Work is taken in its order, as much as is asked for, until the end")
    func order() {
        let line = WorkLine<Int>(.init(count: 20_000, bytes: .max))
        for number in 0..<10_000 { #expect(line.put(number, bytes: 1)) }
        #expect(self.taken(line.take(1)) == [0])
        #expect(self.taken(line.take(3)) == [1, 2, 3])
        #expect(line.put(10_000, bytes: 1))
        #expect(self.taken(line.take(.max)) == Array(4...10_000))
        #expect(self.taken(line.take(1, deadline: .now())) == [])
        #expect(line.put(1, bytes: 1))
        line.close()
        #expect(!line.put(2, bytes: 1))
        #expect(self.taken(line.take(5)) == [1])
        #expect(self.taken(line.take(5)) == nil)
    }

    @Test("What is taken counts until it is done")
    func bounds() {
        let line = WorkLine<Int>(.init(count: 3, bytes: 10))
        #expect(line.put(1, bytes: 100), "by itself")
        #expect(!line.put(2, bytes: 1))
        #expect(self.taken(line.take(1)) == [1])
        #expect(!line.put(2, bytes: 1))
        line.done(count: 1, bytes: 100)
        #expect(line.isIdle)
        for number in 1...3 { #expect(line.put(number, bytes: 1)) }
        #expect(!line.put(4, bytes: 1))
        #expect(self.taken(line.take(2)) == [1, 2])
        #expect(!line.put(4, bytes: 1))
        line.done(count: 2, bytes: 2)
        #expect(line.put(4, bytes: 1))
        #expect(line.count == 2)
    }
}
