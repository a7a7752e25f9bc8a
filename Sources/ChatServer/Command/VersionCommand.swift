// Licensed under the MIT licence.

internal import ArgumentParser

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Says which Martlet this is.
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version",
        abstract: "Show the version."
    )

    func run() {
        Console.write("martlet \(Version.current)", to: STDOUT_FILENO)
    }
}
