// Licensed under the MIT licence.

import Logging

/// The backend of swift-log: structured lines, through one output.
struct ServerLogHandler: LogHandler {
    private let label: String
    private let output: LogOutput
    private var level = Logger.Level.info
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    init(label: String, output: LogOutput) {
        self.label = label
        self.output = output
    }

    /// What all are told to (``LogOutput/levelOverride``) counts more than what this one was set to.
    var logLevel: Logger.Level {
        get { self.output.levelOverride ?? self.level }
        set { self.level = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var metadata = self.metadata
        if let provided = self.metadataProvider?.get() { metadata.merge(provided) { $1 } }
        if let own = event.metadata { metadata.merge(own) { $1 } }
        // What an error has to say of itself may hold anything.
        if let error = event.error { metadata["error.type"] = "\(type(of: error))" }
        self.output.log(event, label: self.label, metadata: metadata)
    }
}
