// Licensed under the MIT licence.

import Chat
import EngineIO
import Logging
import NIOCore
import Synchronization

/// Where the lines of all loggers go.
///
/// May be used from anywhere. Each line is written at once, by one call, so that lines never mix.
final class LogOutput: Sendable {
    /// How many lines a place in the program has each second.
    static let linesPerSecond = 20

    private let format: LogFormat
    private let limiter: Mutex<LogLimiter>
    private let isReportDue = Mutex(false)
    private let write: @Sendable (String) -> Void
    private let now: @Sendable () -> NIODeadline
    private let schedule: @Sendable (_ job: @escaping @Sendable () -> Void) -> Void
    /// The level that counts for all loggers, whatever they were set to; negative for none.
    private let override = Atomic(-1)

    /// - Parameters:
    ///   - format: ``LogFormat/text`` or ``LogFormat/json``.
    ///   - linesPerSecond: How many lines a place in the program has.
    ///   - now: The time.
    ///   - schedule: Runs a job a little more than a second later.
    ///   - write: Gets each line, without its end.
    init(
        format: LogFormat,
        linesPerSecond: Int = LogOutput.linesPerSecond,
        now: @escaping @Sendable () -> NIODeadline = { .now() },
        schedule: @escaping @Sendable (_ job: @escaping @Sendable () -> Void) -> Void = LogOutput.later,
        write: @escaping @Sendable (String) -> Void
    ) {
        self.format = format
        self.limiter = Mutex(LogLimiter(linesPerSecond: linesPerSecond))
        self.now = now
        self.schedule = schedule
        self.write = write
    }

    private static let later: @Sendable (_ job: @escaping @Sendable () -> Void) -> Void = { job in
        Task {
            try await Task.sleep(for: .milliseconds(1100))
            job()
        }
    }

    /// The level that counts for all loggers, whatever they were set to; nothing for their own.
    var levelOverride: Logger.Level? {
        get {
            let index = self.override.load(ordering: .relaxed)
            return Logger.Level.allCases.indices.contains(index) ? Logger.Level.allCases[index] : nil
        }
        set {
            let index = newValue.flatMap { Logger.Level.allCases.firstIndex(of: $0) } ?? -1
            self.override.store(index, ordering: .relaxed)
        }
    }

    func log(_ event: LogEvent, label: String, metadata: Logger.Metadata) {
        let site = LogLimiter.Site(file: event.file, line: event.line)
        let message = event.message.description
        let now = self.now()
        guard self.limiter.withLock({ $0.admit(site, message: message, now: now) }) else {
            return self.reportLater()
        }
        self.put(event.level, label, message, metadata)
    }

    private func put(_ level: Logger.Level, _ label: String, _ message: String, _ metadata: Logger.Metadata) {
        let line = LogLine(
            time: Timestamp(milliseconds: WallClock.milliseconds),
            level: level,
            label: label,
            message: message,
            metadata: metadata
        )
        self.write(line.formatted(as: self.format))
    }

    /// Has it said, once the second is over, how many lines were left out.
    private func reportLater() {
        let isFirst = self.isReportDue.withLock { isDue in
            defer { isDue = true }
            return !isDue
        }
        if isFirst { self.schedule { self.report() } }
    }

    private func report() {
        self.isReportDue.withLock { $0 = false }
        let now = self.now()
        for omission in self.limiter.withLock({ $0.takeOmissions(now: now) }) {
            self.put(
                .notice,
                "martlet",
                "lines like one another were left out",
                ["log.omitted": "\(omission.count)", "log.message": "\(omission.message)"]
            )
        }
    }
}
