// Licensed under the MIT licence.

import NIOCore
import Testing

@testable import EngineIO

@Suite struct ReceiveBufferTests {
    /// Reads a few times as a channel does, and gives each buffer back; returns how much each read had room for.
    private func read(_ times: Int, _ shared: ReceiveBuffer) -> [Int] {
        var pool = NIOPooledRecvBufferAllocator(capacity: 1, recvAllocator: SharedReceiveAllocator(shared))
        return (0..<times).map { _ in
            let (buffer, room) = pool.buffer(allocator: ByteBufferAllocator()) { buffer in
                let room = buffer.writableBytes
                buffer.writeInteger(UInt8(1))
                return room
            }
            pool.record(actualReadBytes: 1)
            shared.giveBack(buffer)
            return room
        }
    }

    @Test("A connection keeps a tiny buffer, and reads into the loop's large one from its second read on")
    func sizes() {
        let shared = ReceiveBuffer()
        for _ in 0..<3 {
            let rooms = self.read(4, shared)
            #expect(rooms[0] == 64)
            #expect(rooms[1...].allSatisfy { $0 == 32 * 1024 })
        }
    }
}
