// Licensed under the MIT licence.

/// Why a command stopped in the middle of its work, in one line for the person who gave it.
struct CommandFailure: Error, Equatable, Sendable {
    /// Without a line break.
    let line: String

    init(_ line: String) {
        self.line = line
    }
}
