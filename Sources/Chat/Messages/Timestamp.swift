// Licensed under the MIT licence.

/// A moment in milliseconds since 1970-01-01T00:00:00Z, together with its text in RFC 3339: `2026-01-02T03:04:05.678Z`.
///
/// Always UTC, always three digits of milliseconds, always 24 bytes. Years run from 0000 to 9999; moments outside stop at
/// these ends.
package struct Timestamp: Sendable {
    /// The milliseconds.
    package let milliseconds: Int64
    /// The 24 bytes of text.
    private let text: (UInt64, UInt64, UInt64)

    /// The moment so many milliseconds after 1970.
    package init(milliseconds: Int64) {
        self.milliseconds = min(max(milliseconds, -62_167_219_200_000), 253_402_300_799_999)
        let day = self.milliseconds.floored(by: 86_400_000)
        let date = CivilDate(daysSince1970: day)
        self.text = Self.text(date, millisecondOfDay: self.milliseconds - day * 86_400_000)
    }

    /// A moment whose date is known.
    init(milliseconds: Int64, date: CivilDate, millisecondOfDay: Int64) {
        self.milliseconds = milliseconds
        self.text = Self.text(date, millisecondOfDay: millisecondOfDay)
    }

    /// How many milliseconds passed from `earlier` to this; negative if the clock was set back.
    package func milliseconds(since earlier: Timestamp) -> Int64 { self.milliseconds - earlier.milliseconds }

    private static func text(_ date: CivilDate, millisecondOfDay: Int64) -> (UInt64, UInt64, UInt64) {
        var text: (UInt64, UInt64, UInt64) = (0, 0, 0)
        let seconds = millisecondOfDay / 1000
        withUnsafeMutableBytes(of: &text) { bytes in
            func write(_ number: Int64, digits: Int, at offset: Int, then separator: UInt8) {
                var rest = number
                for index in stride(from: offset + digits - 1, through: offset, by: -1) {
                    bytes[index] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest % 10)
                    rest /= 10
                }
                bytes[offset + digits] = separator
            }
            write(date.year, digits: 4, at: 0, then: UInt8(ascii: "-"))
            write(date.month, digits: 2, at: 5, then: UInt8(ascii: "-"))
            write(date.day, digits: 2, at: 8, then: UInt8(ascii: "T"))
            write(seconds / 3600, digits: 2, at: 11, then: UInt8(ascii: ":"))
            write(seconds / 60 % 60, digits: 2, at: 14, then: UInt8(ascii: ":"))
            write(seconds % 60, digits: 2, at: 17, then: UInt8(ascii: "."))
            write(millisecondOfDay % 1000, digits: 3, at: 20, then: UInt8(ascii: "Z"))
        }
        return text
    }

    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        withUnsafeBytes(of: self.text, body)
    }
}

extension Timestamp: Hashable, Comparable {
    package static func == (left: Self, right: Self) -> Bool { left.milliseconds == right.milliseconds }
    package static func < (left: Self, right: Self) -> Bool { left.milliseconds < right.milliseconds }
    package func hash(into hasher: inout Hasher) { hasher.combine(self.milliseconds) }
}

extension Timestamp: CustomStringConvertible {
    /// The text.
    package var description: String { self.withBytes { String(decoding: $0, as: UTF8.self) } }
}
