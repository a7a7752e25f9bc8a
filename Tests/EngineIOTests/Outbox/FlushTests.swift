// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import Testing

@testable import EngineIO

@Suite struct FlushTests {
    private let fixture = ShardFixture()

    private static func message(_ character: Character, _ count: Int) -> EngineMessage {
        EngineMessage(text: ByteBuffer(string: String(repeating: character, count: count)))
    }

    /// Each message as its character and its length.
    private static func messages(_ bytes: [UInt8]) -> [String] {
        var bytes = ByteBuffer(bytes: bytes)
        var messages: [String] = []
        while bytes.readInteger(as: UInt8.self) == 0x81, let second = bytes.readInteger(as: UInt8.self) {
            let length: Int? =
                switch second {
                case 127: bytes.readInteger(as: UInt64.self).map { Int($0) }
                case 126: bytes.readInteger(as: UInt16.self).map { Int($0) }
                default: Int(second)
                }
            guard let length, let payload = bytes.readString(length: length)?.dropFirst() else { break }
            messages.append("\(payload.first ?? "-")\(payload.count)")
        }
        return messages
    }

    private func received(by session: Session) -> [String] {
        Self.messages(self.fixture.received(by: session, 1_000_000))
    }

    /// 100 bytes are brought together for one send; of 40,000 each range has its own.
    @Test(arguments: [100, 40_000]) func `scattered messages arrive whole and in order`(count: Int) throws {
        let first = try self.fixture.connect()
        let second = try self.fixture.connect()
        for turn in 0..<3 {
            self.fixture.send(Self.message("a", count + turn), to: [first, second])
            self.fixture.send(Self.message("b", count), to: [second])
            self.fixture.send(Self.message("c", count), to: [first])
            self.fixture.send(Self.message("d", count), to: [second])
            #expect(!self.fixture.shard.extraRanges.isEmpty)
            #expect(self.received(by: first) == ["a\(count + turn)", "c\(count)"])
            #expect(self.received(by: second) == ["a\(count + turn)", "b\(count)", "d\(count)"])
            #expect(self.fixture.shard.arena.count == 0 && self.fixture.shard.extraRanges.isEmpty)
            #expect(self.fixture.shard.slots[first.slot].firstExtra == -1)
        }
        self.fixture.tearDown()
    }

    @Test func `what one connection was due is not sent to the next in its slot`() throws {
        let first = try self.fixture.connect()
        let second = try self.fixture.connect()
        let place = first.slot
        self.fixture.send(Self.message("a", 10), to: [first, second])
        self.fixture.send(Self.message("b", 10), to: [second])
        self.fixture.send(Self.message("c", 10), to: [first])
        first.release()
        let third = try self.fixture.connect()
        #expect(third.slot == place)
        #expect(self.received(by: third) == [])
        #expect(self.received(by: second) == ["a10", "b10"])
        self.fixture.send(Self.message("d", 10), to: [second, third])
        self.fixture.send(Self.message("e", 10), to: [second])
        self.fixture.send(Self.message("f", 10), to: [third])
        #expect(self.received(by: third) == ["d10", "f10"])
        self.fixture.tearDown()
    }

    @Test func `a broken connection ends alone`() throws {
        let broken = try self.fixture.connect()
        let good = try self.fixture.connect()
        self.fixture.sockets[broken.slot]?.breakTheirs()
        self.fixture.send(Self.message("a", 40_000), to: [broken, good])
        self.fixture.send(Self.message("b", 40_000), to: [good])
        self.fixture.send(Self.message("c", 40_000), to: [broken])
        #expect(self.received(by: good) == ["a40000", "b40000"])
        #expect(!broken.isOpen && good.isOpen)
        self.fixture.tearDown()
    }
}
