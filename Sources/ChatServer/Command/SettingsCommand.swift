// Licensed under the MIT licence.

internal import ArgumentParser

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Writes what the documents say about the settings.
struct SettingsCommand: ParsableCommand {
    enum Format: String, CaseIterable, ExpressibleByArgument {
        /// The file `.env.example`.
        case env
        /// The table of the README.
        case markdown
    }

    static let configuration = CommandConfiguration(
        commandName: "settings",
        abstract: "Print every setting, as a file for .env or as a table."
    )

    @Option(help: "What to print.")
    var format = Format.env

    func run() {
        switch self.format {
        case .env: Console.put(SettingsText.environmentFile, to: STDOUT_FILENO)
        case .markdown: Console.put(SettingsText.markdownTable, to: STDOUT_FILENO)
        }
    }
}
