// Licensed under the MIT licence.

import Logging
import UnixSignals

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// `martlet`: reads the configuration, serves until it is asked to stop.
///
/// Exit status 0 after SIGTERM or SIGINT, 2 if it cannot start (after one line on standard error that says what to do), 1 if
/// serving failed later.
@main
enum App {
    static func main() async {
        // Whoever reads our output may go away before us.
        signal(SIGPIPE, SIG_IGN)
        do {
            let configuration = try ChatServerConfiguration.load()
            try await self.run(configuration)
        } catch let error as StartError {
            Console.write("martlet: \(error.line)", to: STDERR_FILENO)
            exit(2)
        } catch {
            Console.write("martlet: stopped because serving failed: \(error)", to: STDERR_FILENO)
            exit(1)
        }
        exit(0)
    }

    private static func run(_ configuration: ChatServerConfiguration) async throws {
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
                    exit(0)
                }
            }
        )
    }
}
