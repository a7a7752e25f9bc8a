// Licensed under the MIT licence.

import NIOCore
import Testing

@testable import RedisNIO

@Suite
struct RESPValueTests {
    @Test func `RESP2 and RESP3 read alike`() {
        let text = { (text: String) in RESPValue.bulkString(ByteBuffer(string: text)) }
        #expect(text("12").number == 12)
        #expect(RESPValue.integer(12).number == 12)
        #expect(text("1.5").floatingPoint == 1.5)
        #expect(RESPValue.double(1.5).floatingPoint == 1.5)
        #expect(RESPValue.integer(1).flag == true)
        #expect(RESPValue.boolean(false).flag == false)
        #expect(RESPValue.integer(2).flag == nil)
        let map = RESPValue.map([.init(key: text("a"), value: .integer(1))])
        let flat = RESPValue.array([text("a"), .integer(1)])
        #expect(map.entries == flat.entries)
        #expect(map["a"] == .integer(1))
        #expect(flat["a"] == .integer(1))
        #expect(flat["b"] == nil)
        #expect(RESPValue.array([text("a")]).entries == nil)
    }

    @Test func `Attributes are looked through`() {
        let value = RESPValue.attributed([], .attributed([], .array([.null])))
        #expect(value.elements == [.null])
        #expect(RESPValue.attributed([], .null).isNull)
        #expect(RESPValue.attributed([], .simpleError(ByteBuffer(string: "ERR"))).isError)
    }

    @Test func `An error is no text`() {
        #expect(RESPValue.simpleError(ByteBuffer(string: "ERR no")).text == nil)
        #expect(RESPValue.null.text == nil)
    }
}
