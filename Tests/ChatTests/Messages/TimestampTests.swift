// Licensed under the MIT licence.

import Chat
import SocketIOTesting
import Testing

@Suite struct TimestampTests {
    @Test(
        "Known moments",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_399_999, "2000-02-28T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (951_868_800_000, "2000-03-01T00:00:00.000Z"),
            (1_000_000_000_000, "2001-09-09T01:46:40.000Z"),
            (1_698_400_800_000, "2023-10-27T10:00:00.000Z"),
            (1_709_164_800_007, "2024-02-29T00:00:00.007Z"),
            (1_767_323_045_678, "2026-01-02T03:04:05.678Z"),
            (1_798_761_599_999, "2026-12-31T23:59:59.999Z"),
            (2_147_483_648_000, "2038-01-19T03:14:08.000Z"),
            (4_107_542_399_000, "2100-02-28T23:59:59.000Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (-2_208_988_800_000, "1900-01-01T00:00:00.000Z"),
            (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
            (Int64.max, "9999-12-31T23:59:59.999Z"),
            (Int64.min, "0000-01-01T00:00:00.000Z"),
        ]
    )
    func known(_ milliseconds: Int64, _ text: String) {
        #expect(Timestamp(milliseconds: milliseconds).description == text)
        var formatter = TimestampFormatter()
        #expect(formatter.timestamp(milliseconds: milliseconds).description == text)
        #expect(formatter.timestamp(milliseconds: milliseconds).description == text)
    }

    @Test("Every day of 400 years follows the one before")
    func calendar() {
        var (year, month, day) = (1970, 1, 1)
        for number in 0..<146_097 {
            let text = Timestamp(milliseconds: Int64(number) * 86_400_000).description
            func padded(_ value: Int, _ width: Int) -> String {
                String(repeating: "0", count: width - String(value).count) + String(value)
            }
            guard text == "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))T00:00:00.000Z" else {
                Issue.record("day \(number): \(text)")
                return
            }
            let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
            day += 1
            if day > lengths[month - 1] { (month, day) = (month + 1, 1) }
            if month > 12 { (year, month) = (year + 1, 1) }
        }
    }

    @Test("A formatter that has seen other days says the same")
    func formatter() {
        var generator = SeededGenerator()
        var formatter = TimestampFormatter()
        var now: Int64 = 1_767_323_045_678
        for _ in 0..<10_000 {
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: now += 0
            case 1: now += .random(in: 0..<2000, using: &generator)
            case 2: now += .random(in: -90_000_000..<90_000_000, using: &generator)
            default: now = .random(in: -70_000_000_000_000..<260_000_000_000_000, using: &generator)
            }
            let (cached, fresh) = (formatter.timestamp(milliseconds: now), Timestamp(milliseconds: now))
            #expect(cached == fresh && cached.description == fresh.description, "seed \(generator.seed), \(now)")
        }
    }

    @Test("Moments are compared by their milliseconds")
    func order() {
        #expect(time(1) > time(0))
        #expect(time(5).milliseconds(since: time(7)) == -2)
        #expect(Set([time(1), time(1), time(2)]).count == 2)
    }
}
