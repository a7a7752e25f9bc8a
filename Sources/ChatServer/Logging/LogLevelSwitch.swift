// Licensed under the MIT licence.

import Logging
import UnixSignals

/// Turns the level of all loggers to `debug` at SIGUSR1, and at the next one back to what was configured.
///
/// A signal, since whoever may send one to the process may do anything with it anyway: there is no door to guard.
struct LogLevelSwitch: Sendable {
    let output: LogOutput
    let logger: Logger

    /// Waits for signals until the task is cancelled.
    func run() async {
        for await _ in await UnixSignalsSequence(trapping: .sigusr1) { self.turn() }
    }

    /// What a signal does.
    func turn() {
        let isOn = self.output.levelOverride != nil
        self.output.levelOverride = isOn ? nil : .debug
        self.logger.notice("log level changed", metadata: ["log.level": "\(self.logger.logLevel.rawValue)"])
    }
}
