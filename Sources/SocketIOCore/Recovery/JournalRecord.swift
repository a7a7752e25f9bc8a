// Licensed under the MIT licence.

import NIOCore

/// What stands in a journal.
enum JournalRecord: Equatable {
    /// Where the log is; comes before everything else.
    ///
    /// `lostThrough`: all events up to this position are gone; `lostTime`: when the newest of them was sent, or later.
    case mark(epoch: UInt32, position: UInt64, lostThrough: UInt64, lostTime: NIODeadline)
    case event(position: UInt64, RecoverableEvent)
    /// A session in use.
    case live(SessionCheckpoint)
    /// The session in use is about to change: unknown until the next ``live(_:)``.
    case changing(PrivateSessionID)
    /// A session whose client is away.
    case saved(RecoverySession)
    /// A session that was taken, or ended for good.
    case gone(PrivateSessionID)
}

/// A record with the time at which it was made.
struct TimedRecord: Equatable {
    let time: NIODeadline
    let record: JournalRecord
}

/// Converts the process's times, which mean nothing to the next process, to those of a journal.
///
/// A journal holds nanoseconds since 1970, so that a machine's restart does not matter either. Times before that of the machine's start
/// cannot be told by a process's clock: they come back as the earliest there is, and are written as a number of their own, so that
/// no time ever becomes a later one by being read and written again. Times in the future, as after the system's clock was set back, come
/// back as the present.
struct JournalClock {
    private static let longAgo = Int64.min
    private let start: NIODeadline
    private let startNanoseconds: Int64

    /// `start` and `nanoseconds` since 1970 say the same moment: the present.
    init(start: NIODeadline, nanoseconds: Int64) {
        self.start = start
        self.startNanoseconds = nanoseconds
    }

    func encoded(_ time: NIODeadline) -> Int64 {
        guard time > .uptimeNanoseconds(0) else { return Self.longAgo }
        let (sum, isTooLong) = self.startNanoseconds.addingReportingOverflow((time - self.start).nanoseconds)
        return isTooLong ? .max : sum
    }

    func decoded(_ nanoseconds: Int64) -> NIODeadline {
        self.start - self.age(nanoseconds)
    }

    /// How long ago a time is; it may be longer than the machine runs.
    func age(_ nanoseconds: Int64) -> TimeAmount {
        let (age, isTooLong) = self.startNanoseconds.subtractingReportingOverflow(nanoseconds)
        if isTooLong { return nanoseconds < 0 ? .nanoseconds(.max) : .zero }
        return .nanoseconds(max(0, age))
    }
}
