// Licensed under the MIT licence.

import Chat
import SocketIOTesting
import Testing

@Suite struct TimestampParsingTests {
    @Test("What was written is read")
    func roundTrip() {
        var generator = SeededGenerator()
        for _ in 0..<20_000 {
            let milliseconds = Int64.random(in: -62_167_219_200_000...253_402_300_799_999, using: &generator)
            let written = Timestamp(milliseconds: milliseconds).description
            #expect(Timestamp(written)?.milliseconds == milliseconds, "seed \(generator.seed)")
        }
        for text in ["0000-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z", "2024-02-29T12:00:00.001Z"] {
            #expect(Timestamp(text)?.description == text)
        }
    }

    @Test(
        "Other texts are refused",
        arguments: [
            "", "now", "2026-01-02T03:04:05Z", "2026-01-02T03:04:05.678", "2026-01-02 03:04:05.678Z",
            "2026-01-02T03:04:05.678z", "2026-13-02T03:04:05.678Z", "2026-00-02T03:04:05.678Z",
            "2026-02-29T03:04:05.678Z", "2026-04-31T03:04:05.678Z", "2026-01-00T03:04:05.678Z",
            "2026-01-02T24:04:05.678Z", "2026-01-02T03:60:05.678Z", "2026-01-02T03:04:60.678Z",
            "2026-01-02T03:04:05,678Z", "-026-01-02T03:04:05.678Z", "2026-01-02T03:04:0a.678Z",
            "ÿ26-01-02T03:04:05.678Z",
        ]
    )
    func refused(_ text: String) {
        #expect(Timestamp(text) == nil)
    }
}
