// Licensed under the MIT licence.

package import NIOCore
import WireJSON

/// A moment as JavaScript's `Date` knows it: milliseconds since 1970, a hundred million days to either side.
///
/// Source: ECMA-262, "Time Values and Time Range", "Date.prototype.toISOString".
package struct JavaScriptDate: Sendable, Equatable {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    package let milliseconds: Int64

    /// Makes a moment, or nothing if JavaScript has no such date.
    package init?(milliseconds: Int64) {
        guard -8_640_000_000_000_000...8_640_000_000_000_000 ~= milliseconds else { return nil }
        self.milliseconds = milliseconds
    }

    /// Makes a moment, rounded down to the millisecond, or nothing if JavaScript has no such date.
    package init?(seconds: Int64, nanoseconds: UInt32) {
        guard -8_640_000_000_000...8_640_000_000_000 ~= seconds else { return nil }
        self.init(milliseconds: seconds * 1_000 + Int64(nanoseconds / 1_000_000))
    }

    /// Writes what `JSON.stringify` makes of the date: `"2000-06-13T00:00:00.000Z"`, quotes included.
    package func writeJSON(into buffer: inout ByteBuffer) {
        let millisecondsPerDay: Int64 = 86_400_000
        let day = self.milliseconds.dividedRoundingDown(by: millisecondsPerDay)
        let time = self.milliseconds - day * millisecondsPerDay
        let date = Self.date(ofDay: day)
        buffer.writeInteger(UInt8(ascii: "\""))
        if 0...9_999 ~= date.year {
            Self.write(date.year, digits: 4, into: &buffer)
        } else {
            buffer.writeInteger(date.year < 0 ? UInt8(ascii: "-") : UInt8(ascii: "+"))
            Self.write(abs(date.year), digits: 6, into: &buffer)
        }
        buffer.writeInteger(UInt8(ascii: "-"))
        Self.write(date.month, digits: 2, into: &buffer)
        buffer.writeInteger(UInt8(ascii: "-"))
        Self.write(date.day, digits: 2, into: &buffer)
        buffer.writeInteger(UInt8(ascii: "T"))
        Self.write(time / 3_600_000, digits: 2, into: &buffer)
        buffer.writeInteger(UInt8(ascii: ":"))
        Self.write(time / 60_000 % 60, digits: 2, into: &buffer)
        buffer.writeInteger(UInt8(ascii: ":"))
        Self.write(time / 1_000 % 60, digits: 2, into: &buffer)
        buffer.writeInteger(UInt8(ascii: "."))
        Self.write(time % 1_000, digits: 3, into: &buffer)
        buffer.writeStaticString("Z\"")
    }

    private static func write(_ number: Int64, digits: Int, into buffer: inout ByteBuffer) {
        var divisor: Int64 = 1
        for _ in 1..<digits { divisor *= 10 }
        while divisor > 0 {
            buffer.writeInteger(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / divisor % 10))
            divisor /= 10
        }
    }

    /// The date of a day counted from 1970-01-01, in the Gregorian calendar without a beginning.
    ///
    /// Years are counted from March, so that the day that may be missing is the last; 400 of them are 146,097 days, and
    /// 1970-01-01 is the day 719,468 of such years.
    private static func date(ofDay day: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = day + 719_468
        let era = shifted.dividedRoundingDown(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    }
}

extension Int64 {
    fileprivate func dividedRoundingDown(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}
