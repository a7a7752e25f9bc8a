// Licensed under the MIT licence.

import CLinuxSend
import EngineIOCore
import NIOCore

/// How bytes go out, chosen at start.
public enum SendPath: String, Sendable, CaseIterable {
    /// All sends of a turn in one system call (Linux `io_uring`), where the kernel allows it.
    case ioUring = "io_uring"
    /// One non-blocking `send` per connection and turn.
    case direct
    /// NIO's own writes.
    case nio

    /// The best path that works here.
    public static var best: SendPath {
        martlet_ring_is_available() ? .ioUring : .direct
    }
}

/// The sends of one round of a turn.
struct SendBatch: ~Copyable {
    enum Outcome: UInt8 {
        case complete
        /// The socket took a part, or nothing; the rest has to wait.
        case short
        /// The connection is gone.
        case failed
    }

    struct Result {
        var slot: ConnectionSlot
        var descriptor: CInt
        var range: ArenaRange
        var sent: Int
        var outcome: Outcome
    }

    private(set) var results: [Result] = []
    private var ring: OpaquePointer?

    init(path: SendPath) {
        self.ring = path == .ioUring ? martlet_ring_create(UInt32(MARTLET_RING_ENTRIES)) : nil
    }

    deinit {
        if let ring { martlet_ring_destroy(ring) }
    }

    mutating func begin() {
        self.results.removeAll(keepingCapacity: true)
    }

    mutating func add(slot: ConnectionSlot, descriptor: CInt, range: ArenaRange) {
        self.results.append(Result(slot: slot, descriptor: descriptor, range: range, sent: 0, outcome: .short))
    }

    /// Hands every range to the kernel and notes what it took.
    mutating func submit(from arena: borrowing ByteArena) {
        guard let base = arena.baseAddress, !self.results.isEmpty else { return }
        // A single send is cheaper as a plain call.
        if let ring = self.ring, self.results.count > 1 {
            if !self.submit(through: ring, base: base) {
                // What the kernel did not take must never leave later, when its bytes are gone: the queue goes with the ring.
                martlet_ring_destroy(ring)
                self.ring = nil
            }
        } else {
            self.results.withUnsafeMutableBufferPointer { results in
                for index in results.indices {
                    let range = results[index].range
                    let sent = martlet_send(results[index].descriptor, base + Int(range.start), range.count)
                    Self.settle(&results[index], sent)
                }
            }
        }
    }

    /// Returns false when the ring failed; what it did not take keeps `.short` with nothing sent, and goes through NIO.
    private mutating func submit(through ring: OpaquePointer, base: UnsafeRawPointer) -> Bool {
        self.results.withUnsafeMutableBufferPointer { results in
            var next = 0
            while next < results.count {
                while next < results.count,
                    martlet_ring_prepare_send(
                        ring,
                        results[next].descriptor,
                        base + Int(results[next].range.start),
                        results[next].range.count,
                        UInt64(next)
                    )
                {
                    next += 1
                }
                let isSubmitted = martlet_ring_submit(ring)
                var tag: UInt64 = 0
                var sent = 0
                while martlet_ring_next_completion(ring, &tag, &sent) {
                    guard let index = Int(exactly: tag), index < results.count else { continue }
                    Self.settle(&results[index], sent)
                }
                if !isSubmitted { return false }
            }
            return true
        }
    }

    /// One send outside of a batch: the bytes taken, 0 when the socket is full, -1 when it is broken.
    static func send(_ bytes: UnsafeRawBufferPointer, to descriptor: CInt) -> Int {
        martlet_send(descriptor, bytes.baseAddress, bytes.count)
    }

    private static func settle(_ result: inout Result, _ sent: Int) {
        if sent == result.range.count {
            result.sent = sent
            result.outcome = .complete
        } else if sent >= 0 {
            result.sent = sent
            result.outcome = .short
        } else {
            result.outcome = .failed
        }
    }
}
