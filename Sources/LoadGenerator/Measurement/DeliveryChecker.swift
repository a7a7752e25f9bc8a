// Licensed under the MIT licence.

/// Checks that every receiver gets every message of every sender of its room once and in order.
///
/// Holds four bytes for each pair of receiver and sender, and exactly those numbers that were skipped: a skipped
/// message that comes later is an order fault, one that never comes is lost, and anything else that comes again is a
/// duplicate. Where the server numbers a room's messages (`seq`), their numbers must follow each other without gap.
struct DeliveryChecker: Sendable {
    struct Faults: Sendable, Equatable, Codable {
        var lost: UInt64 = 0
        var duplicated: UInt64 = 0
        var reordered: UInt64 = 0
        /// Messages of another room, or with numbers that no sender has.
        var strays: UInt64 = 0
        var sequenceGaps: UInt64 = 0
        var sequenceRepeats: UInt64 = 0
        /// What was wrong first, for a human.
        var first: String?

        var isClean: Bool {
            self.lost == 0 && self.duplicated == 0 && self.reordered == 0 && self.strays == 0 && self.sequenceGaps == 0
                && self.sequenceRepeats == 0
        }

        mutating func merge(_ other: Faults) {
            self.lost += other.lost
            self.duplicated += other.duplicated
            self.reordered += other.reordered
            self.strays += other.strays
            self.sequenceGaps += other.sequenceGaps
            self.sequenceRepeats += other.sequenceRepeats
            self.first = self.first ?? other.first
        }
    }

    /// The number that each receiver expects next of each sender; a receiver's senders lie side by side.
    private var expected: [UInt32]
    private let bases: [Int]
    private let senderCounts: [Int]
    private var lastSequence: [UInt64]
    /// Skipped and not yet seen: index into `expected` and counter.
    private var skipped: Set<UInt64> = []
    private let maximumRemembered: Int
    private var forgotten: UInt64 = 0
    private(set) var faults = Faults()

    /// - Parameters:
    ///   - senderCounts: For each receiver, how many senders its room has.
    ///   - maximumRemembered: Skipped messages that are remembered; beyond it they count as lost even if they come
    ///     later.
    init(senderCounts: [Int], maximumRemembered: Int = 1_000_000) {
        self.maximumRemembered = maximumRemembered
        var bases: [Int] = []
        var total = 0
        for count in senderCounts {
            bases.append(total)
            total += count
        }
        self.bases = bases
        self.senderCounts = senderCounts
        self.expected = Array(repeating: 0, count: total)
        self.lastSequence = Array(repeating: 0, count: senderCounts.count)
    }

    /// Notes message number `counter` of `sender` at `receiver`.
    @inline(__always)
    mutating func received(receiver: Int, sender: Int, counter: UInt32) {
        guard sender < self.senderCounts[receiver] else { return self.stray(receiver: receiver) }
        let pair = self.bases[receiver] + sender
        if self.expected[pair] == counter {
            self.expected[pair] = counter &+ 1
        } else {
            self.outOfOrder(pair: pair, receiver: receiver, sender: sender, counter: counter)
        }
    }

    /// Notes the room's number of a message at `receiver`; the first one seen is taken as it is.
    @inline(__always)
    mutating func received(receiver: Int, sequence: UInt64) {
        let last = self.lastSequence[receiver]
        self.lastSequence[receiver] = max(last, sequence)
        guard last != 0, sequence != last &+ 1 else { return }
        if sequence > last {
            self.faults.sequenceGaps += 1
            self.note("receiver \(receiver) got seq \(sequence) after \(last)")
        } else {
            self.faults.sequenceRepeats += 1
            self.note("receiver \(receiver) got seq \(sequence) again or late, after \(last)")
        }
    }

    mutating func stray(receiver: Int) {
        self.faults.strays += 1
        self.note("receiver \(receiver) got a message that is not for its room")
    }

    private mutating func outOfOrder(pair: Int, receiver: Int, sender: Int, counter: UInt32) {
        let expected = self.expected[pair]
        if counter > expected {
            self.note("receiver \(receiver) expected message \(expected) of sender \(sender), got \(counter)")
            for number in expected..<counter {
                guard self.skipped.count < self.maximumRemembered else {
                    self.forgotten += UInt64(counter - number)
                    break
                }
                self.skipped.insert(Self.key(pair, number))
            }
            self.expected[pair] = counter &+ 1
        } else if self.skipped.remove(Self.key(pair, counter)) != nil {
            self.faults.reordered += 1
        } else {
            self.faults.duplicated += 1
            self.note("receiver \(receiver) got message \(counter) of sender \(sender) again")
        }
    }

    /// The verdict, once nothing more can come.
    /// - Parameter sent: How many messages the `sender`th sender of the `receiver`'s room has sent.
    /// - Returns: All faults of the run.
    func verdict(sent: (_ receiver: Int, _ sender: Int) -> UInt32) -> Faults {
        var faults = self.faults
        faults.lost += UInt64(self.skipped.count) + self.forgotten
        for receiver in self.bases.indices {
            for sender in 0..<self.senderCounts[receiver] {
                let expected = self.expected[self.bases[receiver] + sender]
                let sent = sent(receiver, sender)
                if sent > expected {
                    faults.lost += UInt64(sent - expected)
                    faults.first =
                        faults.first ?? "receiver \(receiver) got \(expected) of \(sent) messages of sender \(sender)"
                } else if sent < expected {
                    faults.strays += UInt64(expected - sent)
                    faults.first =
                        faults.first
                        ?? "receiver \(receiver) got \(expected) messages of sender \(sender), who sent \(sent)"
                }
            }
        }
        return faults
    }

    private mutating func note(_ what: @autoclosure () -> String) {
        if self.faults.first == nil { self.faults.first = what() }
    }

    private static func key(_ pair: Int, _ counter: UInt32) -> UInt64 {
        UInt64(pair) << 32 | UInt64(counter)
    }
}
