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
/// Exit status 0 when that is done, 2 if it cannot begin, or cannot read or write a file that it was given, and 1 if it failed
/// otherwise (3 if an export lacks what is no longer there), after one line on standard error that says what to do; 64 after arguments that it does not know.
@main
enum App {
    static func main() async {
        // Whoever reads our output may go away before us.
        signal(SIGPIPE, SIG_IGN)
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
