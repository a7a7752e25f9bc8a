// Licensed under the MIT licence.

/// Turns milliseconds into timestamps, doing the work once for each millisecond and the calendar's part once for each day.
///
/// One for each shard. The clock is the caller's.
package struct TimestampFormatter: Sendable {
    private var latest: Timestamp
    private var date: CivilDate
    /// The millisecond the date begins with.
    private var midnight: Int64

    /// Starts with 1970.
    package init() {
        self.latest = Timestamp(milliseconds: 0)
        self.date = CivilDate(daysSince1970: 0)
        self.midnight = 0
    }

    /// The moment so many milliseconds after 1970.
    package mutating func timestamp(milliseconds: Int64) -> Timestamp {
        if milliseconds == self.latest.milliseconds { return self.latest }
        let ofDay = milliseconds.subtractingReportingOverflow(self.midnight)
        if !ofDay.overflow, 0..<86_400_000 ~= ofDay.partialValue {
            self.latest = Timestamp(milliseconds: milliseconds, date: self.date, millisecondOfDay: ofDay.partialValue)
        } else {
            self.latest = Timestamp(milliseconds: milliseconds)
            let day = self.latest.milliseconds.floored(by: 86_400_000)
            self.date = CivilDate(daysSince1970: day)
            self.midnight = day * 86_400_000
        }
        return self.latest
    }
}
