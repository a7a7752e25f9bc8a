// Licensed under the MIT licence.

package import Logging

/// Hands on every line as `level message key=value …`, keys in order.
package struct LineHandler: LogHandler {
    private let record: @Sendable (String) -> Void
    package var metadata: Logger.Metadata = [:]
    package var logLevel = Logger.Level.trace

    /// - Parameter record: Gets each line, on whatever thread logs it.
    package init(_ record: @escaping @Sendable (String) -> Void) {
        self.record = record
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let all = self.metadata.merging(event.metadata ?? [:]) { $1 }
        let pairs = all.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }
        self.record("\(event.level) \(event.message)\(pairs.joined()) ")
    }
}
