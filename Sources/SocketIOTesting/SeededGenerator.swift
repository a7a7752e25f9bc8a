// Licensed under the MIT licence.

/// Random numbers that a seed makes again: SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number
/// generators", 2014).
///
/// A property test takes a fresh one, prints ``seed``, and is run again with that seed after a failure.
package struct SeededGenerator: RandomNumberGenerator, Sendable {
    /// What this generator started from.
    package let seed: UInt64

    private var state: UInt64

    /// Starts from `seed`, by default one that differs in every run.
    package init(seed: UInt64 = .random(in: .min ... .max)) {
        self.seed = seed
        self.state = seed
    }

    /// The next 64 random bits.
    package mutating func next() -> UInt64 {
        self.state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = self.state
        mixed = (mixed ^ (mixed &>> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed &>> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed &>> 31)
    }
}
