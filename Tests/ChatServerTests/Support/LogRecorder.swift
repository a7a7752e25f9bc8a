// Licensed under the MIT licence.

import Logging
import Synchronization

/// Keeps what is logged from `notice` on.
final class LogRecorder: Sendable {
    private let list = Mutex<[String]>([])

    /// The messages, in order.
    var messages: [String] { self.list.withLock { $0 } }

    var logger: Logger {
        Logger(label: "test") { _ in
            Handler { event in self.list.withLock { $0.append(event) } }
        }
    }

    private struct Handler: LogHandler {
        let record: @Sendable (String) -> Void
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.notice

        init(_ record: @escaping @Sendable (String) -> Void) {
            self.record = record
        }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { self.metadata[key] }
            set { self.metadata[key] = newValue }
        }

        func log(event: LogEvent) { self.record("\(event.message)") }
    }
}
