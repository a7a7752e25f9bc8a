// Licensed under the MIT licence.

import Logging
import Synchronization

/// Keeps what is logged, by default from `notice` on.
final class LogRecorder: Sendable {
    struct Line: Sendable {
        let message: String
        let metadata: [String: String]
    }

    private let list = Mutex<[Line]>([])
    private let level: Logger.Level

    init(level: Logger.Level = .notice) {
        self.level = level
    }

    /// The lines, in order.
    var lines: [Line] { self.list.withLock { $0 } }
    /// Their messages.
    var messages: [String] { self.lines.map(\.message) }

    /// The lines with that message.
    func lines(_ message: String) -> [Line] { self.lines.filter { $0.message == message } }

    var logger: Logger {
        Logger(label: "test") { _ in
            Handler(logLevel: self.level) { line in self.list.withLock { $0.append(line) } }
        }
    }

    private struct Handler: LogHandler {
        let record: @Sendable (Line) -> Void
        var metadata: Logger.Metadata = [:]
        var logLevel: Logger.Level

        init(logLevel: Logger.Level, _ record: @escaping @Sendable (Line) -> Void) {
            self.logLevel = logLevel
            self.record = record
        }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { self.metadata[key] }
            set { self.metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let metadata = self.metadata.merging(event.metadata ?? [:]) { $1 }
            self.record(Line(message: "\(event.message)", metadata: metadata.mapValues { "\($0)" }))
        }
    }
}
