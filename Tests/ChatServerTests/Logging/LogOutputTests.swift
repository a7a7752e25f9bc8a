// Licensed under the MIT licence.

import Logging
import NIOCore
import Synchronization
import Testing

@testable import ChatServer

@Suite struct LogOutputTests {
    /// An output whose time and timers are the test's.
    private final class World: Sendable {
        let lines = Mutex<[String]>([])
        private let now = Mutex(NIODeadline.uptimeNanoseconds(1))
        private let jobs = Mutex<[@Sendable () -> Void]>([])

        func output() -> LogOutput {
            LogOutput(
                format: .text,
                linesPerSecond: 3,
                now: { self.now.withLock { $0 } },
                schedule: { job in self.jobs.withLock { $0.append(job) } },
                write: { line in self.lines.withLock { $0.append(line) } }
            )
        }

        /// What was written since the last call, without the time.
        func take() -> [String] {
            self.lines.withLock { lines in
                defer { lines = [] }
                return lines.map { String($0.drop { $0 != " " }.dropFirst()) }
            }
        }

        var scheduledCount: Int { self.jobs.withLock { $0.count } }

        func aSecondPasses() {
            self.now.withLock { $0 = $0 + .milliseconds(1100) }
            let jobs = self.jobs.withLock { jobs in
                defer { jobs = [] }
                return jobs
            }
            for job in jobs { job() }
        }
    }

    private let world = World()

    private func logger(_ output: LogOutput) -> Logger {
        Logger(label: "martlet") { ServerLogHandler(label: $0, output: output) }
    }

    @Test func metadataOfLoggerAndEventCome() {
        var logger = self.logger(self.world.output())
        logger[metadataKey: "a"] = "1"
        logger[metadataKey: "b"] = "1"
        logger.info("hello", metadata: ["b": "2"])
        logger.debug("not yet")
        #expect(self.world.take() == ["info martlet: hello a=1 b=2"])
    }

    @Test func aPlaceThatSaysMuchIsHeldBackAndOthersAreNot() {
        let logger = self.logger(self.world.output())
        for number in 1...10 { logger.info("noise", metadata: ["n": "\(number)"]) }
        logger.info("other")
        let noise = (1...3).map { "info martlet: noise n=\($0)" }
        #expect(self.world.take() == noise + ["info martlet: other"])
        #expect(self.world.scheduledCount == 1)
        self.world.aSecondPasses()
        let left = #"notice martlet: lines like one another were left out log.message=noise log.omitted=7"#
        #expect(self.world.take() == [left])
        #expect(self.world.scheduledCount == 0)
        self.world.aSecondPasses()
        #expect(self.world.take().isEmpty)
    }

    @Test func everySecondBeginsAnew() {
        let logger = self.logger(self.world.output())
        for _ in 1...3 {
            for _ in 1...4 { logger.info("noise") }
            self.world.aSecondPasses()
        }
        #expect(self.world.take().count(where: { $0 == "info martlet: noise" }) == 9)
    }

    @Test func theLevelChangesForAllLoggersAndBack() {
        let output = self.world.output()
        var quiet = self.logger(output)
        quiet.logLevel = .error
        let levelSwitch = LogLevelSwitch(output: output, logger: self.logger(output))
        quiet.debug("1")
        levelSwitch.turn()
        quiet.debug("2")
        levelSwitch.turn()
        quiet.debug("3")
        quiet.error("4")
        #expect(
            self.world.take() == [
                "notice martlet: log level changed log.level=debug", "debug martlet: 2",
                "notice martlet: log level changed log.level=info", "error martlet: 4",
            ]
        )
    }

    @Test func ofAnErrorOnlyTheTypeIsSaid() {
        struct Secret: Error { let token = "s3cret" }
        self.logger(self.world.output()).error("failed", error: Secret())
        #expect(self.world.take() == ["error martlet: failed error.type=Secret"])
    }
}
