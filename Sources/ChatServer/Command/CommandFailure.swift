// Licensed under the MIT licence.

/// Why a command stopped in the middle of its work, in one line for the person who gave it.
struct CommandFailure: Error, Equatable, Sendable {
    /// Without a line break.
    let line: String
    /// The exit status.
    let status: Int32

    /// The exit status of a command that did what could be done, with something missing.
    static let incomplete: Int32 = 3

    init(_ line: String, status: Int32 = 1) {
        self.line = line
        self.status = status
    }
}
