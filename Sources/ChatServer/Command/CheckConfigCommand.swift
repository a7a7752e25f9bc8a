// Licensed under the MIT licence.

internal import ArgumentParser

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Reads the configuration as `serve` would, and does nothing with it.
struct CheckConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-config",
        abstract: "Check the settings without serving.",
        discussion: """
            Reads the environment and .env as 'serve' does. The exit status is 0 if a server could start with them, and 2 if \
            not, with the line that 'serve' would end with. Files of keys and certificates are read. Nothing is connected to or \
            written, and no database opened, so one that is damaged, a Redis that is away, a name that does not resolve and a port that \
            is taken are not found. No secret is shown.
            """
    )

    func run() async throws {
        let configuration = try ChatServerConfiguration.load()
        try await configuration.check()
        for warning in await configuration.warnings { Console.write("martlet: \(warning)", to: STDERR_FILENO) }
        Console.write("martlet: \(configuration.summary)", to: STDOUT_FILENO)
    }
}

extension ChatServerConfiguration {
    /// The most important settings in one line, without secrets.
    var summary: String {
        let store =
            switch self.storage.kind {
            case .sqlite: "sqlite in \(self.storage.dataDirectory.oneLine)"
            case .memory: "memory"
            case .redis: "redis"
            }
        let address = "\(self.listening.host) port \(self.listening.port)"
        return "the settings do: \(address), store: \(store), auth: \(self.access.summary)"
    }
}
