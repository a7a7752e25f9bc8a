// Licensed under the MIT licence.

import SocketIOTesting
import Testing

@testable import WireJSON

@Suite("Searching by blocks")
struct ByteScanTests {
    @Test("every byte is found, or passed over, at every place of texts of every length")
    func everyByte() {
        for length in [1, 2, 7, 8, 15, 16, 17, 31, 32, 33, 40] {
            for place in 0..<length {
                for byte in UInt8(0)...0xff {
                    var bytes = [UInt8](repeating: UInt8(ascii: "a"), count: length)
                    bytes[place] = byte
                    self.check(bytes, from: 0)
                }
            }
        }
    }

    @Test("random bytes are searched as one byte after the other would be")
    func randomBytes() {
        var generator = SeededGenerator()
        print("ByteScanTests seed", generator.seed)
        let interesting: [UInt8] = [
            0x00, 0x1f, 0x20, 0x21, 0x22, 0x23, 0x5b, 0x5c, 0x5d, 0x7f, 0x80, 0xa2, 0xdc, 0xff, 0x61, 0x61, 0x61,
        ]
        for _ in 0..<3_000 {
            let bytes = (0..<Int.random(in: 0...50, using: &generator)).map { _ in
                interesting.randomElement(using: &generator) ?? 0
            }
            self.check(bytes, from: Int.random(in: 0...bytes.count, using: &generator), "seed \(generator.seed)")
        }
    }

    @Test("short bytes are equal exactly when the bytes are")
    func shortBytes() {
        func short(_ bytes: [UInt8]) -> ShortBytes {
            bytes.withUnsafeBytes { ShortBytes(RawBytes($0)) }
        }
        for length in 0...20 {
            let bytes = (0..<length).map { UInt8($0 + 1) }
            #expect(short(bytes).isTooLong == (length > 16))
            guard length <= 16 else { continue }
            #expect(short(bytes) == short(bytes))
            #expect(short(bytes) != short(bytes + [0]))
            for index in bytes.indices {
                var other = bytes
                other[index] ^= 0x80
                #expect(short(bytes) != short(other))
            }
        }
        #expect(short([0]) != short([]))
        #expect(short([0, 0, 0, 0, 0, 0, 0, 0]) != short([0, 0, 0, 0]))
    }

    private func check(_ bytes: [UInt8], from start: Int, _ comment: Comment = "") {
        func plain(_ test: (UInt8) -> Bool) -> Int { bytes[start...].firstIndex(where: test) ?? bytes.count }
        bytes.withUnsafeBytes { buffer in
            let raw = RawBytes(buffer)
            #expect(
                ByteScan.firstSpecial(in: raw, from: start)
                    == plain { $0 < 0x20 || $0 >= 0x80 || $0 == 0x22 || $0 == 0x5c },
                comment
            )
            #expect(
                ByteScan.firstEscaped(in: raw, from: start) == plain { $0 < 0x20 || $0 == 0x22 || $0 == 0x5c },
                comment
            )
            #expect(ByteScan.firstQuoteOrBackslash(in: raw, from: start) == plain { $0 == 0x22 || $0 == 0x5c }, comment)
            #expect(ByteScan.firstBackslash(in: raw, from: start) == plain { $0 == 0x5c }, comment)
            #expect(
                ByteScan.firstBackslashOrNonASCII(in: raw, from: start) == plain { $0 == 0x5c || $0 >= 0x80 },
                comment
            )
            #expect(ByteScan.firstNonASCII(in: raw, from: start) == plain { $0 >= 0x80 }, comment)
        }
    }
}
