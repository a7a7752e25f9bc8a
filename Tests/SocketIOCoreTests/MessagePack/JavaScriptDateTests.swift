// Licensed under the MIT licence.

import NIOCore
import SocketIOCore
import Testing

@Suite struct JavaScriptDateTests {
    /// `JSON.stringify(new Date(milliseconds))` of Node 20.
    @Test(
        "Dates are written as JSON.stringify writes them",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (960_854_400_000, "2000-06-13T00:00:00.000Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_709_251_199_999, "2024-02-29T23:59:59.999Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
            (253_402_300_800_000, "+010000-01-01T00:00:00.000Z"),
            (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"),
            (-62_167_219_200_001, "-000001-12-31T23:59:59.999Z"),
            (8_640_000_000_000_000, "+275760-09-13T00:00:00.000Z"),
            (-8_640_000_000_000_000, "-271821-04-20T00:00:00.000Z"),
        ] as [(Int64, String)]
    )
    func text(_ milliseconds: Int64, _ expected: String) throws {
        var buffer = ByteBuffer()
        try #require(JavaScriptDate(milliseconds: milliseconds)).writeJSON(into: &buffer)
        #expect(String(buffer: buffer) == "\"\(expected)\"")
    }

    @Test("Beyond a hundred million days there is no date")
    func range() {
        #expect(JavaScriptDate(milliseconds: 8_640_000_000_000_001) == nil)
        #expect(JavaScriptDate(milliseconds: .min) == nil)
        #expect(JavaScriptDate(seconds: 8_640_000_000_000, nanoseconds: 999_999) != nil)
        #expect(JavaScriptDate(seconds: 8_640_000_000_000, nanoseconds: 1_000_000) == nil)
        #expect(JavaScriptDate(seconds: .max, nanoseconds: 0) == nil)
        #expect(JavaScriptDate(seconds: .min, nanoseconds: 999_999_999) == nil)
    }
}
