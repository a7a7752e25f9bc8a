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
        abstract: "Serve clients until SIGTERM or SIGINT (default).",
        usage: "martlet serve [--server-port 8080] [--<setting> <value> ...]",
        discussion: """
            Settings are options, environment variables, or lines of a file named .env in the working directory; the first of \
            these that has one counts. The option of SERVER_PORT is --server-port, and so on. Secrets have no option.
            \(SettingsText.help)
            """
    )

    @OptionGroup var settings: SettingArguments

    func run() async throws {
        // Until it is listened for: it must not end the process.
        signal(SIGHUP, SIG_IGN)
        let configuration = try ChatServerConfiguration.load(self.settings.words)
        try await configuration.check()
        let warnings = await configuration.warnings
        Console.raiseFileLimit()
        let output = LogOutput(
            format: configuration.logFormat.resolved(isTerminal: isatty(STDERR_FILENO) == 1)
        ) { Console.write($0, to: STDERR_FILENO) }
        var logger = Logger(label: "martlet") { ServerLogHandler(label: $0, output: output) }
        logger.logLevel = configuration.logLevel
        let levelSwitch = Task { [logger] in await LogLevelSwitch(output: output, logger: logger).run() }
        defer { levelSwitch.cancel() }
        let (hangups, hangup) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let listener = Task { for await _ in await UnixSignalsSequence(trapping: .sighup) { hangup.yield() } }
        defer { listener.cancel() }
        let application = try buildApplication(configuration: configuration, logger: logger)
        try await application.run(
            signals: [.sigterm, .sigint],
            rereading: hangups,
            onListening: { [logger] line in
                Console.write("martlet: \(line)", to: STDOUT_FILENO)
                for warning in warnings { logger.warning("\(warning)") }
            },
            onDraining: { [logger] in
                Self.endOnAnotherSignal(logger)
                // Peers that neither answer nor go must not keep the process.
                Task {
                    try await Task.sleep(for: configuration.drainTimeout + configuration.shutdownTimeout)
                    logger.warning("\(application.hindrance); stopping all the same")
                    Console.end(status: 0)
                }
            }
        )
    }

    /// Whoever asks twice does not want to wait.
    private static func endOnAnotherSignal(_ logger: Logger) {
        Task {
            for await _ in await UnixSignalsSequence(trapping: .sigterm, .sigint) {
                logger.warning("asked once more; stopping at once")
                Console.end(status: 1)
            }
        }
    }
}
