// Licensed under the MIT licence.

internal import ArgumentParser
import Chat
import ChatStores

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Writes a room's messages as lines of JSON.
struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write a room's messages as lines of JSON.",
        discussion: """
            Each line is one message as members receive it, with its binary attachments in base64 if it has any, in the order \
            of seq. What is written is what HISTORY_MAX_MESSAGES and HISTORY_MAX_AGE retain. The server may be running.

            With --output, a file that has the beginning of the room is gone on with, whatever cut it off. If messages that \
            would follow are no longer there, a line says which, and the exit status is 3.

              martlet export --room lobby --output lobby.jsonl
              martlet export --room lobby --after 41 | gzip > lobby.jsonl.gz
            """
    )

    @Option(help: "The room.")
    var room: String

    @Option(help: "Leave out messages up to this seq.")
    var after: Int?

    @Option(help: "The file to write, or to go on with; without it, or for -, standard output.")
    var output: String?

    func validate() throws {
        if let after, after < 0 { throw ValidationError("--after takes a seq, an integer from 0 up.") }
    }

    func run() async throws {
        guard let room = try? RoomID(self.room) else {
            throw StartError("--room takes the id of a room: 1 to 128 bytes without control characters.")
        }
        let settings = try StoreSettings(ChatServerConfiguration.load())
        let store: SQLiteStore
        do {
            store = try SQLiteStore(readingOnly: settings.options)
        } catch {
            throw StartError(error)
        }
        let result: Result<RoomExport, any Error>
        do {
            // Lines that go to the terminal say themselves how far it is.
            let isSilent = (self.output ?? "-") == "-" && isatty(STDOUT_FILENO) == 1
            var export = try await RoomExport(
                store,
                room: room,
                after: self.after,
                output: self.output,
                progress: isSilent ? ProgressLine(isShown: false) : ProgressLine()
            )
            try await export.run()
            result = .success(export)
        } catch {
            result = .failure(error)
        }
        await store.closeAndWait()
        let export = try result.get()
        Console.write("martlet: \(export.summary)", to: STDERR_FILENO)
        if let gap = export.gap { throw CommandFailure(gap, status: CommandFailure.incomplete) }
    }
}
