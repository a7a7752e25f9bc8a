// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import SocketIOTesting
import Testing

@Suite struct UTF8ValidatorTests {
    static let valid: [[UInt8]] = [
        [], Array("plain ASCII, longer than eight bytes".utf8), Array("é€😀𝌆\u{2028}".utf8), [0x00], [0x7f],
        [0xc2, 0x80], [0xdf, 0xbf], [0xe0, 0xa0, 0x80], [0xed, 0x9f, 0xbf], [0xee, 0x80, 0x80], [0xef, 0xbf, 0xbf],
        [0xf0, 0x90, 0x80, 0x80], [0xf4, 0x8f, 0xbf, 0xbf],
    ]

    /// Overlong forms, surrogates, numbers too high, stray and missing continuation bytes.
    static let invalid: [[UInt8]] = [
        [0x80], [0xbf], [0xc0, 0x80], [0xc1, 0xbf], [0xc2], [0xc2, 0x41], [0xc2, 0xc2], [0xe0, 0x9f, 0xbf],
        [0xe0, 0x80, 0x80],
        [0xe2, 0x82], [0xe2, 0x28, 0xa1], [0xed, 0xa0, 0x80], [0xed, 0xbf, 0xbf], [0xf0, 0x8f, 0xbf, 0xbf],
        [0xf0, 0x9f, 0x98], [0xf4, 0x90, 0x80, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xff], [0xfe],
        Array("eight ok".utf8) + [0xff],
    ]

    @Test(arguments: valid) func `valid bytes, at every split`(bytes: [UInt8]) {
        #expect(UTF8Validator.isValid(ByteBuffer(bytes: bytes)))
        for split in 0...bytes.count { #expect(Self.check(bytes, splitAt: split)) }
    }

    @Test(arguments: invalid) func `invalid bytes, at every split`(bytes: [UInt8]) {
        #expect(!UTF8Validator.isValid(ByteBuffer(bytes: bytes)))
        for split in 0...bytes.count { #expect(!Self.check(bytes, splitAt: split)) }
    }

    @Test func `random bytes get the standard library's verdict`() {
        for seed in UInt64(0)..<5_000 {
            var random = SeededGenerator(seed: seed)
            var bytes = Array(random.text().readableBytesView)
            // One byte changed in valid text finds more than noise does.
            if !bytes.isEmpty {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            let expected = String(validating: bytes, as: UTF8.self) != nil
            #expect(UTF8Validator.isValid(ByteBuffer(bytes: bytes)) == expected, "seed \(seed)")
        }
    }

    private static func check(_ bytes: [UInt8], splitAt split: Int) -> Bool {
        var validator = UTF8Validator()
        let isValid = bytes.withUnsafeBytes { all in
            validator.consume(UnsafeRawBufferPointer(rebasing: all[..<split]))
                && validator.consume(UnsafeRawBufferPointer(rebasing: all[split...]))
        }
        return isValid && validator.isComplete
    }
}
