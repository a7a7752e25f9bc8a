// Licensed under the MIT licence.

internal import ArgumentParser
import Logging
import UnixSignals

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Serves until it is asked to stop.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve clients until SIGTERM or SIGINT (default)."
    )

    func run() async throws {
        let configuration = try ChatServerConfiguration.load()
        Console.raiseFileLimit()
        var logger = Logger(label: "martlet") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = configuration.logLevel
        let application = try buildApplication(configuration: configuration, logger: logger)
        try await application.run(
            signals: [.sigterm, .sigint],
            onListening: { [logger] line in
                Console.write("martlet: \(line)", to: STDOUT_FILENO)
                if configuration.access.apiKeys == nil {
                    logger.warning(
                        "open to everybody: no API_KEYS are set, so whoever reaches the port may post and read"
                    )
                }
            },
            onDraining: { [logger] in
                // Peers that neither answer nor go must not keep the process.
                Task {
                    try await Task.sleep(for: configuration.shutdownTimeout)
                    logger.warning("not every connection closed within SHUTDOWN_TIMEOUT; stopping all the same")
                    Console.end(status: 0)
                }
            }
        )
    }
}
