// Licensed under the MIT licence.

import NIOCore
import Testing

@testable import RedisNIO

@Suite
struct HashSlotTests {
    // As `CLUSTER KEYSLOT` answers; the first is the vector of the specification's CRC16 (0x31C3).
    @Test(arguments: [
        ("123456789", 0x31C3), ("", 0), ("foo", 12_182), ("bar", 5061), ("a", 15_495), ("hello", 866),
        ("{user1000}.following", 3443), ("{user1000}.followers", 3443), ("foo{}{bar}", 8363), ("foo{{bar}}zap", 4015),
        ("foo{bar}{zap}", 5061), ("{", 4092), ("{}", 15_257), ("x{y", 2740),
    ])
    func `A key is in the slot that Redis says`(key: String, slot: Int) {
        #expect(HashSlot(key: key).number == UInt16(slot))
        #expect(HashSlot(key: ByteBuffer(string: key)).number == UInt16(slot))
    }

    @Test func `Only what is between the first braces counts`() {
        #expect(HashSlot(key: "foo{bar}{zap}") == HashSlot(key: "bar"))
        #expect(HashSlot(key: "foo{{bar}}zap") == HashSlot(key: "{bar"))
        #expect(HashSlot(key: "foo{}{bar}") != HashSlot(key: "bar"))
    }

    @Test func `Numbers beyond the last slot are none`() {
        #expect(HashSlot(number: 16_383)?.number == 16_383)
        #expect(HashSlot(number: 16_384) == nil)
        #expect(HashSlot(number: -1) == nil)
    }
}
