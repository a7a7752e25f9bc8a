// Licensed under the MIT licence.

import NIOCore
import Testing

@testable import RedisNIO

@Suite
struct RESPDecoderTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let bytes: String
        let value: RESPValue

        var testDescription: String {
            self.bytes.debugDescription
        }

        init(_ bytes: String, _ value: RESPValue) {
            self.bytes = bytes
            self.value = value
        }
    }

    static func bulk(_ text: String) -> RESPValue {
        .bulkString(ByteBuffer(string: text))
    }

    static func simple(_ text: String) -> RESPValue {
        .simpleString(ByteBuffer(string: text))
    }

    // The examples of the RESP specification first.
    static let rows: [Row] = [
        Row("+OK\r\n", simple("OK")),
        Row("+\r\n", simple("")),
        Row("-ERR unknown command 'asdf'\r\n", .simpleError(ByteBuffer(string: "ERR unknown command 'asdf'"))),
        Row(":0\r\n", .integer(0)),
        Row(":1000\r\n", .integer(1000)),
        Row(":+7\r\n", .integer(7)),
        Row(":-42\r\n", .integer(-42)),
        Row(":9223372036854775807\r\n", .integer(.max)),
        Row(":-9223372036854775808\r\n", .integer(.min)),
        Row("$5\r\nhello\r\n", bulk("hello")),
        Row("$0\r\n\r\n", bulk("")),
        Row("$4\r\na\r\nb\r\n", bulk("a\r\nb")),
        Row("$-1\r\n", .null),
        Row("*-1\r\n", .null),
        Row("_\r\n", .null),
        Row("*0\r\n", .array([])),
        Row("*2\r\n$5\r\nhello\r\n$5\r\nworld\r\n", .array([bulk("hello"), bulk("world")])),
        Row("*3\r\n:1\r\n:2\r\n:3\r\n", .array([.integer(1), .integer(2), .integer(3)])),
        Row(
            "*2\r\n*3\r\n:1\r\n:2\r\n:3\r\n*2\r\n+Hello\r\n-World\r\n",
            .array([
                .array([.integer(1), .integer(2), .integer(3)]),
                .array([simple("Hello"), .simpleError(ByteBuffer(string: "World"))]),
            ])
        ),
        Row("*3\r\n$5\r\nhello\r\n$-1\r\n$5\r\nworld\r\n", .array([bulk("hello"), .null, bulk("world")])),
        Row("*2\r\n*0\r\n*0\r\n", .array([.array([]), .array([])])),
        Row("#t\r\n", .boolean(true)),
        Row("#f\r\n", .boolean(false)),
        Row(",1.23\r\n", .double(1.23)),
        Row(",10\r\n", .double(10)),
        Row(",-1e-3\r\n", .double(-0.001)),
        Row(",inf\r\n", .double(.infinity)),
        Row(",-inf\r\n", .double(-.infinity)),
        Row(
            "(3492890328409238509324850943850943825024385\r\n",
            .bigNumber(ByteBuffer(string: "3492890328409238509324850943850943825024385"))
        ),
        Row("!21\r\nSYNTAX invalid syntax\r\n", .bulkError(ByteBuffer(string: "SYNTAX invalid syntax"))),
        Row("=15\r\ntxt:Some string\r\n", .verbatimString(format: "txt", ByteBuffer(string: "Some string"))),
        Row("=4\r\ntxt:\r\n", .verbatimString(format: "txt", ByteBuffer())),
        Row(
            "%2\r\n+first\r\n:1\r\n+second\r\n:2\r\n",
            .map([.init(key: simple("first"), value: .integer(1)), .init(key: simple("second"), value: .integer(2))])
        ),
        Row("%0\r\n", .map([])),
        Row("~2\r\n:1\r\n:2\r\n", .set([.integer(1), .integer(2)])),
        Row(">3\r\n+message\r\n+chan\r\n+text\r\n", .push([simple("message"), simple("chan"), simple("text")])),
        Row(
            "|1\r\n+ttl\r\n:3600\r\n*1\r\n:5\r\n",
            .attributed([.init(key: simple("ttl"), value: .integer(3600))], .array([.integer(5)]))
        ),
        Row("|0\r\n+x\r\n", .attributed([], simple("x"))),
        Row(
            "*2\r\n|1\r\n+a\r\n*0\r\n:1\r\n:2\r\n",
            .array([.attributed([.init(key: simple("a"), value: .array([]))], .integer(1)), .integer(2)])
        ),
    ]

    @Test(arguments: rows)
    func `A reply is read`(row: Row) throws {
        var decoder = RESPDecoder()
        decoder.append(ByteBuffer(string: row.bytes))
        #expect(try decoder.next() == row.value)
        #expect(try decoder.next() == nil)
        #expect(!decoder.isAmidReply)
    }

    @Test(arguments: rows)
    func `A reply is read from single bytes`(row: Row) throws {
        var decoder = RESPDecoder()
        let bytes = Array(row.bytes.utf8)
        for byte in bytes.dropLast() {
            decoder.append(ByteBuffer(bytes: [byte]))
            #expect(try decoder.next() == nil)
        }
        decoder.append(ByteBuffer(bytes: bytes.suffix(1)))
        #expect(try decoder.next() == row.value)
    }

    @Test func `Not a number is a double`() throws {
        var decoder = RESPDecoder()
        decoder.append(ByteBuffer(string: ",nan\r\n"))
        #expect(try decoder.next()?.floatingPoint?.isNaN == true)
    }

    @Test(arguments: 0..<20)
    func `Any split of the bytes gives the same replies`(seed: Int) throws {
        var random = SplitMix64(seed: UInt64(seed))
        let order = Self.rows.shuffled(using: &random)
        let bytes = order.flatMap { Array($0.bytes.utf8) }
        var decoder = RESPDecoder()
        var values: [RESPValue] = []
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + Int.random(in: 1...60, using: &random))
            decoder.append(ByteBuffer(bytes: bytes[start..<end]))
            while let value = try decoder.next() { values.append(value) }
            start = end
        }
        #expect(values == order.map(\.value), "seed \(seed)")
    }

    struct Malformed: Sendable, CustomTestStringConvertible {
        let bytes: String
        let error: RESPDecodingError

        var testDescription: String {
            self.bytes.debugDescription
        }

        init(_ bytes: String, _ error: RESPDecodingError) {
            self.bytes = bytes
            self.error = error
        }
    }

    static let malformed: [Malformed] = [
        Malformed("x\r\n", .unknownType(UInt8(ascii: "x"))),
        Malformed("\r\n", .missingTerminator),
        Malformed("\n", .missingTerminator),
        Malformed("+OK\n", .missingTerminator),
        Malformed("+O\rK\r\n", .missingTerminator),
        Malformed(":\r\n", .malformedInteger),
        Malformed(":-\r\n", .malformedInteger),
        Malformed(":1x\r\n", .malformedInteger),
        Malformed(": 1\r\n", .malformedInteger),
        Malformed(":9223372036854775808\r\n", .malformedInteger),
        Malformed(":-9223372036854775809\r\n", .malformedInteger),
        Malformed(":99999999999999999999999\r\n", .malformedInteger),
        Malformed("$-2\r\n", .negativeLength),
        Malformed("$x\r\n", .malformedInteger),
        Malformed("$?\r\n", .streamedValue),
        Malformed("*?\r\n", .streamedValue),
        Malformed("*-2\r\n", .negativeLength),
        Malformed("%-1\r\n", .negativeLength),
        Malformed("~-1\r\n", .negativeLength),
        Malformed(">-1\r\n", .negativeLength),
        Malformed("=-1\r\n", .negativeLength),
        Malformed("$2\r\nabcd", .missingTerminator),
        Malformed("=3\r\ntxt\r\n", .malformedVerbatimString),
        Malformed("=4\r\ntxtx\r\n", .malformedVerbatimString),
        Malformed("#x\r\n", .malformedBoolean),
        Malformed("#\r\n", .malformedBoolean),
        Malformed("_x\r\n", .malformedNull),
        Malformed(",\r\n", .malformedDouble),
        Malformed(",0x1p3\r\n", .malformedDouble),
        Malformed(",1.2.3\r\n", .malformedDouble),
        Malformed("(\r\n", .malformedBigNumber),
        Malformed("(12a\r\n", .malformedBigNumber),
        Malformed("$9223372036854775807\r\n", .replyTooLarge),
        Malformed("$1025\r\n", .replyTooLarge),
        Malformed("*9223372036854775807\r\n", .tooManyElements),
        Malformed("%9223372036854775807\r\n", .tooManyElements),
        Malformed("|9223372036854775807\r\n", .tooManyElements),
        Malformed("*17\r\n", .tooManyElements),
        Malformed("*10\r\n*10\r\n", .tooManyElements),
        Malformed("*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n", .tooDeep),
        Malformed("+" + String(repeating: "a", count: 70), .lineTooLong),
        Malformed("+" + String(repeating: "a", count: 70) + "\r\n", .lineTooLong),
        Malformed("*2\r\n$1000\r\n" + String(repeating: "a", count: 1000) + "\r\n$100\r\n", .replyTooLarge),
    ]

    static let tight = RESPLimits(maximumReplyBytes: 1024, maximumDepth: 4, maximumElements: 16, maximumLineBytes: 64)

    @Test(arguments: malformed)
    func `What makes no sense has an error of its own`(row: Malformed) {
        var decoder = RESPDecoder(limits: Self.tight)
        decoder.append(ByteBuffer(string: row.bytes))
        #expect(throws: row.error) { try decoder.next() }
        // It stays so.
        decoder.append(ByteBuffer(string: "+OK\r\n"))
        #expect(throws: row.error) { try decoder.next() }
    }

    @Test(arguments: malformed)
    func `What makes no sense is found in single bytes too`(row: Malformed) {
        var decoder = RESPDecoder(limits: Self.tight)
        #expect(throws: row.error) {
            for byte in row.bytes.utf8 {
                decoder.append(ByteBuffer(bytes: [byte]))
                _ = try decoder.next()
            }
        }
    }

    @Test(arguments: 0..<200)
    func `Random bytes never trap`(seed: Int) {
        var random = SplitMix64(seed: UInt64(seed))
        let alphabet = Array("+-:$*%~>|#_,(!=0123456789\r\n\r\n\r\nabt?".utf8)
        var decoder = RESPDecoder(limits: Self.tight)
        for _ in 0..<50 {
            let piece = (0..<Int.random(in: 1...40, using: &random)).map { _ in
                alphabet.randomElement(using: &random) ?? 0
            }
            decoder.append(ByteBuffer(bytes: piece))
            while (try? decoder.next()) ?? nil != nil {}
        }
    }

    @Test func `A large reply in small pieces is looked at once`() throws {
        // With a look from the start at every piece this would take minutes.
        var decoder = RESPDecoder()
        let count = 20_000
        decoder.append(ByteBuffer(string: "*\(count)\r\n"))
        let element = ByteBuffer(string: "$10\r\n0123456789\r\n")
        for index in 0..<count {
            if try decoder.next() != nil { Issue.record("too early: \(index)") }
            decoder.append(element)
        }
        #expect(try decoder.next()?.elements?.count == count)
    }

    @Test func `Strings are views over what was received`() throws {
        var decoder = RESPDecoder()
        let bytes = ByteBuffer(string: "$5\r\nhello\r\n")
        decoder.append(bytes)
        let value = try #require(try decoder.next()?.bytes)
        let received = bytes.withUnsafeReadableBytes { UInt(bitPattern: $0.baseAddress) }
        let seen = value.withUnsafeReadableBytes { UInt(bitPattern: $0.baseAddress) }
        #expect(seen == received + 4)
    }
}

/// Random numbers that a seed decides.
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        self.state = seed
    }

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var word = self.state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
