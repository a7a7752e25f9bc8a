// Licensed under the MIT licence.

/// How many receivers the broadcasts of one shard had, those without any left out.
///
/// Counted once a broadcast, not once a receiver.
package struct FanOut: Sendable, Equatable {
    /// The greatest number of receivers in each class but the last, which has no bound: 1, 2, 4, …, 65,536.
    package static let bounds: [Int] = (0...16).map { 1 << $0 }

    /// How many broadcasts are in each class.
    package private(set) var counts = [Int](repeating: 0, count: bounds.count + 1)
    /// How many receivers all of them had.
    package private(set) var receiverCount = 0

    /// Nothing was broadcast.
    package init() {}

    /// A broadcast went to so many receivers, at least one.
    package mutating func note(_ receivers: Int) {
        let bits = Int.bitWidth - (receivers - 1).leadingZeroBitCount
        self.counts[min(bits, self.counts.count - 1)] += 1
        self.receiverCount += receivers
    }

    /// Adds what another shard counted.
    package mutating func add(_ other: Self) {
        for index in self.counts.indices { self.counts[index] += other.counts[index] }
        self.receiverCount += other.receiverCount
    }
}
