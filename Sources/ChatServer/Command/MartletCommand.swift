// Licensed under the MIT licence.

internal import ArgumentParser

/// `martlet` and what can be asked of it; alone it serves.
struct MartletCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "martlet",
        abstract: "A chat server for Socket.IO clients of every generation.",
        discussion: """
            Settings are environment variables, or lines of a file named .env in the working directory, by which every command \
            goes; 'martlet serve --help' lists them.
            """,
        version: Version.current,
        subcommands: [
            ServeCommand.self, CheckConfigCommand.self, SettingsCommand.self, HealthcheckCommand.self,
            ExportCommand.self, ImportCommand.self, VersionCommand.self,
        ],
        defaultSubcommand: ServeCommand.self
    )
}

/// Which Martlet this is.
enum Version {
    static let current = "0.1.0"
}
