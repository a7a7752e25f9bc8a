// Licensed under the MIT licence.

import NIOCore
import Testing

@testable import LoadGenerator

@Suite struct MessageScannerTests {
    private static let marker = MessageStamp.marker(run: "abc1234")
    private static let stamp = MessageStamp(
        room: 7,
        sender: 0xABCDEF,
        counter: 4_294_967_295,
        sentAt: .uptimeNanoseconds(0x0123_4567_89AB_CDEF)
    )

    private func text(_ stamp: MessageStamp) -> String {
        var bytes = [UInt8](repeating: UInt8(ascii: "x"), count: MessageStamp.byteCount)
        bytes.withUnsafeMutableBytes { stamp.write(marker: Self.marker, over: $0) }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func scan(_ text: String, _ scanner: inout MessageScanner) -> (MessageStamp?, UInt64?) {
        Array(text.utf8).withUnsafeBytes { (scanner.stamp(in: $0), scanner.sequence(in: $0)) }
    }

    @Test func stampIsPlainText() {
        #expect(self.text(Self.stamp) == "~abc12340000000700abcdefffffffff0123456789abcdef")
    }

    @Test(arguments: [0, 1, 9, 10, 15, 16, 0x0F1E_2D3C, 0x8000_0000, 0xFFFF_FFFF, 0x9A9A_A9A9] as [UInt32])
    func hexadecimalGoesBothWays(value: UInt32) {
        #expect(Hexadecimal.decode(Hexadecimal.encode(value)) == value)
        let text = withUnsafeBytes(of: Hexadecimal.encode(value)) { String(decoding: $0, as: UTF8.self) }
        let plain = String(value, radix: 16)
        #expect(text == String(repeating: "0", count: 8 - plain.count) + plain)
    }

    @Test(arguments: [
        #"2["message",{"seq":12,"content":"@xxx"}]"#,
        #"2["message",{"content":"@","seq": 12}]"#,
        #"2["message",{"~":"~~~~~~~~~","content":"@","seq":12,"a":1}]"#,
        #"2["message",{"note":"a ~ b","sequence":5,"seq":12,"content":"@"}]"#,
    ])
    func stampAndNumberAreFoundWhereverTheyAre(template: String) {
        var scanner = MessageScanner(marker: Self.marker)
        let text = template.split(separator: "@", maxSplits: 1).joined(separator: self.text(Self.stamp))
        for _ in 0..<3 {
            let (stamp, sequence) = self.scan(text, &scanner)
            #expect(stamp == Self.stamp)
            #expect(sequence == 12)
        }
    }

    @Test func placesThatMoveAreFoundAgain() {
        var scanner = MessageScanner(marker: Self.marker)
        for sequence in [9, 10, 99, 100, 5, 123_456] as [UInt64] {
            let padding = String(repeating: "p", count: Int(sequence % 13))
            let (stamp, found) = self.scan(
                #"2["message",{"id":"\#(padding)","seq":\#(sequence),"content":"\#(self.text(Self.stamp))"}]"#,
                &scanner
            )
            #expect(stamp == Self.stamp)
            #expect(found == sequence)
        }
    }

    @Test(arguments: [
        "", "~", "~abc123", "~abc1234", "~abc12340000000700abcdefffffffff0123456789abcde", "~other7700000007",
    ])
    func anythingElseIsNoStamp(text: String) {
        var scanner = MessageScanner(marker: Self.marker)
        let (stamp, sequence) = self.scan(text, &scanner)
        #expect(stamp == nil)
        #expect(sequence == nil)
    }

    @Test func sequenceNeedsDigits() {
        var scanner = MessageScanner(marker: Self.marker)
        #expect(self.scan(#"{"seq":"x"}"#, &scanner).1 == nil)
        #expect(self.scan(#"{"seq":"#, &scanner).1 == nil)
        #expect(self.scan(#"{"seq":7"#, &scanner).1 == 7)
    }
}
