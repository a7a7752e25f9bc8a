// Licensed under the MIT licence.

/// Why the server does not start: what is wrong and what to do about it, in one line for the person who started it.
struct StartError: Error, Equatable, Sendable {
    /// One sentence or two, without a line break.
    let line: String

    init(_ line: String) {
        self.line = line
    }
}
