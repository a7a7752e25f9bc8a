// Licensed under the MIT licence.

internal import ArgumentParser

#if canImport(FoundationEssentials)
internal import FoundationEssentials
#else
internal import Foundation
#endif

/// The load tool's command line.
///
/// Exit status: 0 when nothing was lost, duplicated or reordered; 1 otherwise; 2 when the run could not be made
/// (usage, connecting), with one line that says why.
@main
struct SIOBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sio-bench",
        abstract: "Measures a Socket.IO chat server and checks that it loses, repeats and reorders nothing.",
        discussion: """
            Scenarios set the sizes; any option changes one of them. The server must keep the chat contract (authenticate, join, message), \
            under these event names or others given here.

            Exit status: 0 clean, 1 faults, 2 the run could not be made.
            """,
        version: LoadReport.toolVersion
    )

    @OptionGroup(title: "Server") var server: ServerOptions
    @OptionGroup(title: "Load") var load: LoadOptions
    @OptionGroup(title: "Connecting") var connecting: ConnectingOptions
    @OptionGroup(title: "Event names") var events: EventOptions
    @OptionGroup(title: "Output") var output: OutputOptions

    static func main() async {
        do {
            var command = try Self.parse(Self.arguments)
            try await command.run()
        } catch let failure as LoadFailure {
            Self.exit(2, failure.description)
        } catch let code as ExitCode {
            Self.exit(withError: code)
        } catch {
            // Help and version are "errors" too, of status 0.
            if Self.exitCode(for: error) == .success { Self.exit(withError: error) }
            Self.exit(2, "\(Self.message(for: error)) (see sio-bench --help)")
        }
    }

    mutating func run() async throws {
        let settings = try self.settings()
        let targets = try self.server.url.map { text throws(LoadFailure) in
            try LoadTarget(text, allowRemote: self.server.allowRemote)
        }
        var run = try LoadRun(
            settings: settings,
            label: self.output.label,
            token: self.server.token,
            headers: try self.server.headerFields(),
            targets: targets,
            isQuiet: self.output.quiet
        )
        let report: LoadReport
        do {
            report = try await run.run()
        } catch let failure as LoadFailure {
            throw failure
        } catch {
            throw LoadFailure("\(error)")
        }
        print(report.text, terminator: "")
        try self.write(report)
        if !report.passed { throw ExitCode(1) }
    }

    private func write(_ report: LoadReport) throws(LoadFailure) {
        guard let path = self.output.json else { return }
        do {
            try report.json().write(toFile: path, atomically: true, encoding: .utf8)
        } catch {
            throw LoadFailure("cannot write \(path): \(error)")
        }
    }

    private static var arguments: [String] { Array(CommandLine.arguments.dropFirst()) }

    private static func exit(_ status: Int32, _ why: String) -> Never {
        let line = why.split(whereSeparator: \.isNewline).joined(separator: " ")
        OwnProcess.writeError("sio-bench: \(line)\n")
        Self.exit(withError: ExitCode(status))
    }
}
