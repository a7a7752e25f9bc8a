// Licensed under the MIT licence.

extension Timestamp {
    /// Reads a timestamp's own text, and no other form: `2026-01-02T03:04:05.678Z`.
    ///
    /// Nil for anything else, and for moments that are on no calendar.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 24 else { return nil }
        func number(_ range: Range<Int>) -> Int64 {
            bytes[range].reduce(0) { $0 * 10 + Int64($1 &- UInt8(ascii: "0")) }
        }
        let days = CivilDate.daysSince1970(year: number(0..<4), month: number(5..<7), day: number(8..<10))
        let seconds = number(11..<13) * 3600 + number(14..<16) * 60 + number(17..<19)
        self.init(milliseconds: (days * 86_400 + seconds) * 1000 + number(20..<23))
        // Whatever was no digit, or out of its range, comes out as something else.
        guard self.description == text else { return nil }
    }
}

extension CivilDate {
    /// The inverse of ``init(daysSince1970:)``, for days that exist; anything for others.
    fileprivate static func daysSince1970(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = shiftedYear.floored(by: 400)
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
