// Licensed under the MIT licence.

internal import ArgumentParser

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// `martlet`: does what its arguments say.
///
/// A command that fails writes one line to standard error, which says what to do. The exit status says how it went:
///
/// | status | meaning |
/// |---|---|
/// | 0 | Done. |
/// | 1 | It began and failed: serving failed, the store failed, or an import came to a line that it cannot take. |
/// | 2 | It could not begin, since a setting, the store or a file is of no use; or a file could not be read or written. |
/// | 3 | The export is done, but messages that belong into it are no longer in the store. |
/// | 64 | The arguments are none that it knows. |
@main
enum App {
    static func main() async {
        // Whoever reads our output may go away before us.
        signal(SIGPIPE, SIG_IGN)
        // Until it is listened for (``LogLevelSwitch``): it asks for a longer log and must not end the process.
        signal(SIGUSR1, SIG_IGN)
        do {
            var command = try MartletCommand.parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let error as StartError {
            Self.fail(error.line, status: 2)
        } catch let error as CommandFailure {
            Self.fail(error.line, status: error.status)
        } catch  where MartletCommand.exitCode(for: error) == .failure {
            Self.fail("stopped because serving failed: \(error)", status: 1)
        } catch {
            // Help, and arguments that are none.
            MartletCommand.exit(withError: error)
        }
        exit(0)
    }

    private static func fail(_ line: String, status: CInt) -> Never {
        Console.write("martlet: \(line)", to: STDERR_FILENO)
        exit(status)
    }
}
