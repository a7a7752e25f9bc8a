// Licensed under the MIT licence.

/// Keeps numbered entries in doubly linked lists, each in the order in which its entries were last touched.
///
/// Entries are indices that the owner hands out densely from 0. Every step takes constant time.
struct RecencyLists: Sendable {
    private struct Links {
        var previous = RecencyLists.none
        var next = RecencyLists.none
        var list = RecencyLists.none
    }

    private struct Ends {
        var first = RecencyLists.none
        var last = RecencyLists.none
        var count = 0
    }

    private static let none = -1

    private var links: [Links] = []
    private var ends: [Ends]

    init(lists: Int) {
        self.ends = Array(repeating: Ends(), count: lists)
    }

    /// The entry of a list that was touched the longest time ago.
    func first(of list: Int) -> Int? {
        let first = self.ends[list].first
        return first == Self.none ? nil : first
    }

    func count(of list: Int) -> Int { self.ends[list].count }

    /// Puts an entry at the end of a list, wherever it was before.
    mutating func touch(_ entry: Int, list: Int) {
        if self.links.indices.contains(entry), self.links[entry].list == list, self.ends[list].last == entry { return }
        self.remove(entry)
        while self.links.count <= entry { self.links.append(Links()) }
        let last = self.ends[list].last
        self.links[entry] = Links(previous: last, next: Self.none, list: list)
        if last == Self.none { self.ends[list].first = entry } else { self.links[last].next = entry }
        self.ends[list].last = entry
        self.ends[list].count += 1
    }

    /// Takes an entry out of the list it is in, if any.
    mutating func remove(_ entry: Int) {
        guard self.links.indices.contains(entry) else { return }
        let links = self.links[entry]
        guard links.list != Self.none else { return }
        if links.previous == Self.none {
            self.ends[links.list].first = links.next
        } else {
            self.links[links.previous].next = links.next
        }
        if links.next == Self.none {
            self.ends[links.list].last = links.previous
        } else {
            self.links[links.next].previous = links.previous
        }
        self.ends[links.list].count -= 1
        self.links[entry] = Links()
    }
}
