// Licensed under the MIT licence.

import NIOCore
import SocketIOCore
import SocketIOTesting
import Testing
import WireJSON

@Suite struct IdempotencyLedgerTests {
    private static let yes = AckReply(arguments: [.null])

    private static func time(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .seconds(seconds) }

    private static func text(_ action: IdempotencyLedger<Int>.Action) -> String {
        switch action {
        case .handle: "handle"
        case .wait: "wait"
        case .answer(let reply): "answer \(reply.arguments.count)"
        }
    }

    @Test("Repeats wait for the first's answer, and get it at once when it is there")
    func transcript() {
        var ledger = IdempotencyLedger<Int>(window: IdempotencyWindow())
        #expect(Self.text(ledger.received("k", waiter: 1, now: Self.time(0))) == "handle")
        #expect(Self.text(ledger.received("k", waiter: 2, now: Self.time(1))) == "wait")
        #expect(Self.text(ledger.received("other", waiter: 3, now: Self.time(1))) == "handle")
        #expect(Self.text(ledger.received("k", waiter: 4, now: Self.time(1))) == "wait")
        #expect(ledger.answered("k", 0, with: Self.yes) == [2, 4])
        #expect(ledger.answered("k", 0, with: Self.yes) == [])
        #expect(Self.text(ledger.received("k", waiter: 5, now: Self.time(2))) == "answer 1")
        #expect(ledger.answered("unknown", 0, with: Self.yes) == [])
    }

    @Test("What was given up is handled again; what was answered is not given up")
    func abandoned() {
        var ledger = IdempotencyLedger<Int>(window: IdempotencyWindow())
        _ = ledger.received("k", waiter: 1, now: Self.time(0))
        _ = ledger.received("k", waiter: 9, now: Self.time(0))
        #expect(ledger.abandoned("k", 0) == [9])
        #expect(Self.text(ledger.received("k", waiter: 2, now: Self.time(0))) == "handle")
        // What is left of the first does not touch the second.
        #expect(ledger.abandoned("k", 0) == [])
        #expect(ledger.answered("k", 0, with: Self.yes) == [])
        #expect(Self.text(ledger.received("k", waiter: 3, now: Self.time(0))) == "wait")
        #expect(ledger.answered("k", 1, with: Self.yes) == [3])
        #expect(ledger.abandoned("k", 1) == [])
        #expect(Self.text(ledger.received("k", waiter: 3, now: Self.time(0))) == "answer 1")
    }

    @Test("Keys are forgotten by age and by number, the oldest first")
    func bounds() {
        var ledger = IdempotencyLedger<Int>(window: IdempotencyWindow(duration: .seconds(10), maximumCount: 3))
        for second in 0..<4 as Range<Int64> {
            #expect(Self.text(ledger.received("\(second)", waiter: 0, now: Self.time(second))) == "handle")
        }
        #expect(ledger.count == 3)
        #expect(Self.text(ledger.received("3", waiter: 0, now: Self.time(4))) == "wait")
        #expect(Self.text(ledger.received("3", waiter: 0, now: Self.time(13))) == "handle")
        #expect(ledger.count == 1)
    }

    @Test("Answers count by their bytes, too")
    func bytes() {
        var ledger = IdempotencyLedger<Int>(window: IdempotencyWindow(maximumBytes: 1_000))
        for number in 0..<3 as Range<UInt64> {
            _ = ledger.received("\(number)", waiter: 0, now: Self.time(0))
            let large = AckReply(attachments: [ByteBuffer(repeating: 0, count: 900)])
            _ = ledger.answered("\(number)", number, with: large)
        }
        _ = ledger.received("last", waiter: 0, now: Self.time(0))
        #expect(ledger.count <= 2)
    }

    @Test("A key that is given up for ever does not pile up", arguments: 0..<4 as Range<UInt64>)
    func churn(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var ledger = IdempotencyLedger<Int>(window: IdempotencyWindow(duration: .seconds(10), maximumCount: 5))
        _ = ledger.received("first", waiter: 0, now: Self.time(0))
        for _ in 0..<2_000 {
            let key = "\(Int.random(in: 0..<8, using: &generator))"
            let action = ledger.received(key, waiter: 0, now: Self.time(0))
            if case .handle(let serial) = action, Bool.random(using: &generator) { _ = ledger.abandoned(key, serial) }
            #expect(ledger.count <= 5)
        }
    }
}
