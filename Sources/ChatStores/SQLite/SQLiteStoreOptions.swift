// Licensed under the MIT licence.

package import Chat

/// Where a store on disk keeps its files, how much it keeps, and how careful it is.
package struct SQLiteStoreOptions: Sendable {
    /// When a message counts as stored.
    package enum Synchronization: String, CaseIterable, Sendable {
        /// When the disk has it: it survives the end of the process, of the system, and of the power.
        case full
        /// When the system has it: it survives the end of the process at any moment, but the last moments before a loss of
        /// power, or a crash of the system, may be lost. The database stays whole.
        case normal
    }

    /// The directory; made if it is not there.
    package var directory: String
    /// How much of a room's past is kept.
    package var retention = Retention()
    /// When a message counts as stored.
    package var synchronization = Synchronization.full
    /// How many calls may wait at a time, of those that write and of those that read; more are refused at once.
    package var maximumWaitingCalls = 100_000
    /// How many bytes of messages may wait to be written; more are refused at once.
    package var maximumWaitingBytes = 64 << 20
    /// How many calls one commit holds at most.
    package var maximumBatch = 1000
    /// How many threads read.
    package var readers = 2
    /// The largest the database may grow, in pages of 4 KiB; nil for as large as the disk allows.
    package var maximumPages: Int?
    /// How long others may lock the file (a tool that somebody looks at it with) before calls fail, in milliseconds.
    package var lockTimeoutMilliseconds = 2000
    /// After how long without an answer from the disk calls are refused at once, in milliseconds; what waits goes on waiting.
    package var hangMilliseconds = 2000
    /// How often a store that fails is tried again, in milliseconds.
    package var probeIntervalMilliseconds = 1000
    /// How often the writer looks for what is no longer retained while there may be more of it, in milliseconds.
    package var sweepIntervalMilliseconds = 200
    /// How often it is written down that those who are there are there, in milliseconds.
    ///
    /// If the process is killed, they were seen last no longer than that before. Nothing is written while nobody is there.
    package var markIntervalMilliseconds = 30_000
    /// Milliseconds since 1970, for what is too old to be kept.
    package var now: @Sendable () -> Int64 = { SystemClock.milliseconds }
    /// Called on a thread of the store's whenever it begins to fail or works again; must not block.
    package var onChange: @Sendable (StoreCondition) -> Void = { _ in }
    /// Called on the writing thread after each transaction that was committed, with how many calls it held and how long it took,
    /// in nanoseconds; must not block.
    package var onCommit: (@Sendable (_ calls: Int, _ nanoseconds: Int64) -> Void)?

    /// The defaults, in a directory.
    package init(directory: String) {
        self.directory = directory
    }
}

/// How a store on disk is.
package enum StoreCondition: Equatable, Sendable {
    /// It stores.
    case working
    /// It cannot store at the moment, and tries about once a second; why is for an operator.
    case failing(String)
    /// It will not store again before the file has been mended and the process started anew; why is for an operator.
    case broken(String)
}
