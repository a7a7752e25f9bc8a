// Licensed under the MIT licence.

/// Makes message ids: eight random letters and digits that stand for this generator, then a counter in base 36.
///
/// `k3X9a0Qz1`, `k3X9a0Qz2`, … `k3X9a0Qzz`, `k3X9a0Qz10`. One generator for each shard, seeded anew at each start of the
/// process, so that ids are unique without anyone being asked: two of 10,000 generators share a prefix once in four million
/// times. Up to 78 billion ids fit into Swift's small strings, which allocate nothing.
package struct MessageIDGenerator: Sendable {
    private static let prefixLength = 8
    private static let alphabet = Array("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)

    private let prefix: [UInt8]
    private var counter: UInt64 = 0

    /// - Parameter seed: 64 random bits.
    package init(seed: UInt64) {
        var rest = seed
        self.prefix = (0..<Self.prefixLength).map { _ in
            defer { rest /= UInt64(Self.alphabet.count) }
            return Self.alphabet[Int(rest % UInt64(Self.alphabet.count))]
        }
    }

    /// The next id.
    package mutating func next() -> MessageID {
        self.counter &+= 1
        var digits = 1
        var rest = self.counter
        while rest >= 36 {
            rest /= 36
            digits += 1
        }
        let length = Self.prefixLength + digits
        return MessageID(
            plain: String(unsafeUninitializedCapacity: length) { target in
                for index in 0..<Self.prefixLength { target[index] = self.prefix[index] }
                var rest = self.counter
                for index in stride(from: length - 1, through: Self.prefixLength, by: -1) {
                    target[index] = Self.alphabet[Int(rest % 36)]
                    rest /= 36
                }
                return length
            }
        )
    }
}
