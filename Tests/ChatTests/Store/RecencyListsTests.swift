// Licensed under the MIT licence.

import SocketIOTesting
import Testing

@testable import ChatStores

@Suite struct RecencyListsTests {
    @Test("The entry touched the longest time ago comes first, as in arrays", arguments: 0..<10)
    func model(_ run: Int) {
        var generator = SeededGenerator()
        var lists = RecencyLists(lists: 2)
        var model: [[Int]] = [[], []]
        for _ in 0..<2000 {
            let entry = Int.random(in: 0..<12, using: &generator)
            let list = Int.random(in: 0..<3, using: &generator)
            for index in model.indices { model[index].removeAll { $0 == entry } }
            if list < 2 {
                lists.touch(entry, list: list)
                model[list].append(entry)
            } else {
                lists.remove(entry)
            }
            for index in model.indices {
                #expect(lists.first(of: index) == model[index].first, "seed \(generator.seed)")
                #expect(lists.count(of: index) == model[index].count)
            }
        }
        for index in model.indices {
            var drained: [Int] = []
            while let first = lists.first(of: index) {
                drained.append(first)
                lists.remove(first)
            }
            #expect(drained == model[index], "seed \(generator.seed)")
        }
    }
}
