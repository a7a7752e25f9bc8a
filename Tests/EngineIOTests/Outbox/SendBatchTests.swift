// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import Testing

@testable import EngineIO

@Suite struct SendBatchTests {
    private static let paths = SendPath.best == .ioUring ? [SendPath.direct, .ioUring] : [.direct]

    @Test(arguments: Self.paths) func `each connection gets its range`(path: SendPath) throws {
        var batch = SendBatch(path: path)
        var arena = ByteArena()
        let pairs = try (0..<5).map { _ in try SocketPair() }
        for round in 0..<3 {
            arena.removeAll()
            batch.begin()
            for (index, pair) in pairs.enumerated() {
                let start = UInt32(arena.count)
                arena.append(ByteBuffer(repeating: UInt8(round * 16 + index), count: index + 1))
                batch.add(
                    slot: UInt32(index),
                    descriptor: pair.ours,
                    range: ArenaRange(start: start, end: UInt32(arena.count))
                )
            }
            batch.submit(from: arena)
            for (index, pair) in pairs.enumerated() {
                #expect(batch.results[index].outcome == .complete && batch.results[index].sent == index + 1)
                #expect(pair.received(100) == Array(repeating: UInt8(round * 16 + index), count: index + 1))
            }
        }
    }

    @Test(arguments: Self.paths) func `a full socket takes a part and then nothing, a broken one fails`(
        path: SendPath
    ) throws {
        var batch = SendBatch(path: path)
        var arena = ByteArena()
        arena.append(ByteBuffer(repeating: 0x61, count: 8_000_000))
        let whole = ArenaRange(start: 0, end: 8_000_000)
        let (slow, good) = (try SocketPair(), try SocketPair())
        let broken = try SocketPair()
        broken.breakTheirs()

        batch.begin()
        batch.add(slot: 0, descriptor: slow.ours, range: whole)
        batch.add(slot: 1, descriptor: broken.ours, range: whole)
        batch.add(slot: 2, descriptor: good.ours, range: ArenaRange(start: 0, end: 3))
        batch.submit(from: arena)
        #expect(batch.results.map(\.outcome) == [.short, .failed, .complete])
        #expect((1..<8_000_000).contains(batch.results[0].sent))
        #expect(good.received(100) == [0x61, 0x61, 0x61])

        batch.begin()
        batch.add(slot: 0, descriptor: slow.ours, range: whole)
        batch.add(slot: 2, descriptor: good.ours, range: ArenaRange(start: 0, end: 1))
        batch.submit(from: arena)
        #expect(batch.results.map(\.outcome) == [.short, .complete])
        #expect(batch.results[0].sent == 0)
    }

    @Test func `more sends than the ring holds`() throws {
        try #require(SendPath.best != .nio)
        var batch = SendBatch(path: .best)
        var arena = ByteArena()
        arena.append(ByteBuffer(string: "x"))
        let pair = try SocketPair()
        batch.begin()
        for slot in 0..<2_500 as Range<UInt32> {
            batch.add(slot: slot, descriptor: pair.ours, range: ArenaRange(start: 0, end: 1))
        }
        batch.submit(from: arena)
        let complete = batch.results.count { $0.outcome == .complete }
        var received = 0
        while case let count = pair.received(4_096).count, count > 0 { received += count }
        #expect(complete > 0 && received == complete)
        #expect(!batch.results.contains { $0.outcome == .failed })
    }
}
