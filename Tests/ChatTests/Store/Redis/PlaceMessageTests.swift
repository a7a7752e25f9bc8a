// Licensed under the MIT licence.

import Chat
import NIOCore
import Testing

@testable import ChatStores

@Suite struct PlaceMessageTests {
    private func bytes(_ kind: String, _ number: Int64, _ rest: ByteBuffer) -> ByteBuffer {
        var bytes = ByteBuffer(string: kind)
        bytes.writeInteger(number)
        bytes.writeImmutableBuffer(rest)
        return bytes
    }

    @Test("Numbers that no script gives out are nonsense", arguments: [Int64.min, -1, 0, 1 << 53, .max])
    func forged(number: Int64) throws {
        let room = try room()
        let record = MessageRecord.encode(try message(id: "m"))
        #expect(PlaceMessage(self.bytes("M", number, record), at: .room(room)) == nil)
        var node = ByteBuffer()
        node.writeInteger(UInt16(1))
        node.writeString("n")
        #expect(PlaceMessage(self.bytes("G", number, node), at: .room(room)) == nil)
    }

    @Test("All others are read", arguments: [1, 7, (1 << 53) - 1] as [Int64])
    func real(number: Int64) throws {
        let room = try room()
        let message = try message(id: "m")
        let read = PlaceMessage(self.bytes("M", number, MessageRecord.encode(message)), at: .room(room))
        #expect(read == .stored(StoredMessage(seq: Int(number), message: message)))
    }
}
