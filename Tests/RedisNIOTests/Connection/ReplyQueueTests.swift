// Licensed under the MIT licence.

import NIOCore
import Testing

@testable import RedisNIO

@Suite
struct ReplyQueueTests {
    private enum Seen: Equatable {
        case partial
        case late
        case complete(String, RESPValue)
        case unexpected

        init(_ reply: ReplyQueue<String>.Reply) {
            switch reply {
            case .partial: self = .partial
            case .late: self = .late
            case .complete(let element, let value): self = .complete(element, value)
            case .unexpected: self = .unexpected
            }
        }
    }

    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

    private func error(_ text: String) -> RESPValue {
        .simpleError(ByteBuffer(string: text))
    }

    @Test func `Replies go to what was sent, in order`() {
        var queue = ReplyQueue<String>()
        queue.sent("a", replies: 1, cost: 10, deadline: self.start + .seconds(5), now: self.start)
        queue.sent("b", replies: 1, cost: 20, deadline: self.start + .seconds(3), now: self.start)
        #expect(queue.count == 2)
        #expect(queue.cost == 30)
        #expect(queue.earliestDeadline == self.start + .seconds(3))
        #expect(Seen(queue.replied(.integer(1))) == .complete("a", .integer(1)))
        #expect(Seen(queue.replied(.integer(2))) == .complete("b", .integer(2)))
        #expect(queue.cost == 0)
        #expect(queue.earliestDeadline == nil)
        #expect(Seen(queue.replied(.integer(3))) == .unexpected)
    }

    @Test func `A deadline gives the element back, and its late reply is dropped in its place`() {
        var queue = ReplyQueue<String>()
        queue.sent("a", replies: 1, cost: 1, deadline: self.start + .seconds(1), now: self.start)
        queue.sent("b", replies: 1, cost: 1, deadline: self.start + .seconds(2), now: self.start)
        #expect(queue.deadlineReached(now: self.start) == [])
        #expect(queue.deadlineReached(now: self.start + .seconds(1)) == ["a"])
        #expect(queue.deadlineReached(now: self.start + .seconds(1)) == [])
        #expect(queue.earliestDeadline == self.start + .seconds(2))
        #expect(queue.count == 2)
        #expect(Seen(queue.replied(.integer(1))) == .late)
        #expect(Seen(queue.replied(.integer(2))) == .complete("b", .integer(2)))
    }

    @Test func `A transaction has the last reply, or the first error if that is one`() {
        var queue = ReplyQueue<String>()
        queue.sent("good", replies: 3, cost: 1, deadline: .distantFuture, now: self.start)
        queue.sent("bad", replies: 4, cost: 1, deadline: .distantFuture, now: self.start)
        queue.sent("odd", replies: 2, cost: 1, deadline: .distantFuture, now: self.start)
        #expect(Seen(queue.replied(.null)) == .partial)
        #expect(Seen(queue.replied(.null)) == .partial)
        #expect(Seen(queue.replied(.array([]))) == .complete("good", .array([])))
        #expect(Seen(queue.replied(.null)) == .partial)
        #expect(Seen(queue.replied(self.error("ERR first"))) == .partial)
        #expect(Seen(queue.replied(self.error("ERR second"))) == .partial)
        #expect(Seen(queue.replied(self.error("EXECABORT"))) == .complete("bad", self.error("ERR first")))
        // ASKING is refused by a server that is no node, and the command is answered all the same.
        #expect(Seen(queue.replied(self.error("ERR"))) == .partial)
        #expect(Seen(queue.replied(.integer(1))) == .complete("odd", .integer(1)))
    }

    @Test func `All that has no reply is given back once`() {
        var queue = ReplyQueue<String>()
        queue.sent("a", replies: 1, cost: 1, deadline: self.start, now: self.start)
        queue.sent("b", replies: 2, cost: 1, deadline: .distantFuture, now: self.start)
        queue.sent("c", replies: 1, cost: 1, deadline: .distantFuture, now: self.start)
        #expect(queue.deadlineReached(now: self.start) == ["a"])
        _ = queue.replied(.null)
        _ = queue.replied(.null)
        #expect(queue.connectionLost() == ["b", "c"])
        #expect(queue.connectionLost() == [])
        #expect(queue.count == 0)
        #expect(queue.cost == 0)
    }

    @Test(arguments: 0..<50)
    func `Every element ends exactly once, whatever the order`(seed: Int) {
        var random = SplitMix64(seed: UInt64(seed))
        var queue = ReplyQueue<String>()
        var sent = 0
        var ended: [String] = []
        var now = self.start
        for _ in 0..<500 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<4:
                let deadline = now + .milliseconds(.random(in: 0...100, using: &random))
                queue.sent(
                    "\(sent)",
                    replies: .random(in: 1...3, using: &random),
                    cost: 1,
                    deadline: deadline,
                    now: now
                )
                sent += 1
            case 4..<8:
                if case .complete(let element, _) = queue.replied(.null) { ended.append(element) }
            case 8:
                now = now + .milliseconds(.random(in: 0...50, using: &random))
                ended += queue.deadlineReached(now: now)
            default:
                if Int.random(in: 0..<10, using: &random) == 0 { ended += queue.connectionLost() }
            }
        }
        ended += queue.connectionLost()
        #expect(ended.count == sent, "seed \(seed)")
        #expect(Set(ended).count == sent, "seed \(seed)")
    }
}
