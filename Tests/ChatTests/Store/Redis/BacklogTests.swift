// Licensed under the MIT licence.

import Testing

@testable import ChatStores

@Suite struct BacklogTests {
    @Test("Each piece of work comes once, in order, and may come again after its turn")
    func order() {
        var backlog = Backlog<Int>()
        for work in [1, 2, 1, 3, 2] { backlog.add(work) }
        #expect(backlog.count == 3)
        var taken = [backlog.take()]
        backlog.add(1)
        for _ in 0..<4 { taken.append(backlog.take()) }
        #expect(taken == [1, 2, 3, 1, nil])
        backlog.add(4)
        backlog.removeAll()
        #expect(backlog.isEmpty)
        backlog.add(4)
        let last = backlog.take()
        #expect(last == 4)
    }
}
