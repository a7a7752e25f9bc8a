// Licensed under the MIT licence.

internal import ArgumentParser
import NIOCore
import NIOPosix

/// Asks the server on this machine whether it is well.
struct HealthcheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "healthcheck",
        abstract: "Ask the server on this machine whether it serves.",
        discussion: """
            Goes by SERVER_HOST and SERVER_PORT, by TLS where TLS_CERTIFICATE_FILE is set, and behind a PROXY header where PROXY_PROTOCOL \
            is on. The exit status is 0 if /health is answered with 200, and 1 if not, with a \
            line that says what came instead. With --ready it is /ready that is asked: whether the server takes clients, and \
            reaches what it depends on.
            """
    )

    @Flag(help: "Ask /ready instead of /health.")
    var ready = false

    @Option(help: "How many seconds connecting may take, and how many the answer.")
    var timeout = 3

    func validate() throws {
        guard (1...300).contains(self.timeout) else { throw ValidationError("--timeout takes seconds, from 1 to 300.") }
    }

    func run() async throws {
        let configuration = try ChatServerConfiguration.load()
        let check = try HealthCheck(
            configuration.listening,
            proxyProtocolPeers: configuration.access.proxyProtocolPeers,
            path: self.ready ? "/ready" : "/health",
            timeout: .seconds(Int64(self.timeout))
        )
        let status = try await check.status(on: MultiThreadedEventLoopGroup.singleton)
        guard status == 200 else { throw CommandFailure("\(check.path) is answered with \(status).") }
    }
}
