// Licensed under the MIT licence.

internal import ArgumentParser
import ChatStores

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Puts exported messages back in their places.
struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Put exported messages back in their places.",
        discussion: """
            Reads lines as 'martlet export' writes them, of one room or of several, and keeps each message's room, seq, id and \
            time. What the store has already is passed over, so an import that was cut off is simply repeated. A line that is \
            no message which could have been sent, or that has another message than the store under the same seq, stops the \
            import; what stands before it is stored. The server must not be running.

            What is older or more than HISTORY_MAX_AGE and HISTORY_MAX_MESSAGES allow is not kept: set them first.

              martlet import lobby.jsonl
              gunzip < lobby.jsonl.gz | martlet import
            """
    )

    @Argument(help: "The file to read; without it, or for -, standard input.")
    var file: String?

    func run() async throws {
        let configuration = try ChatServerConfiguration.load()
        let settings = try StoreSettings(configuration)
        let input: TransferFile
        if let file, file != "-" { input = try .reading(file) } else { input = .standardInput }
        let store: SQLiteStore
        do {
            store = try SQLiteStore(settings.options)
        } catch {
            throw StartError(error)
        }
        var importing = MessageImport(store, input, limits: MessageLineLimits(configuration))
        let result: Result<Void, any Error>
        do {
            result = .success(try await importing.run())
        } catch {
            result = .failure(error)
        }
        await store.closeAndWait()
        for line in importing.report { Console.write("martlet: \(line)", to: STDERR_FILENO) }
        try result.get()
    }
}
