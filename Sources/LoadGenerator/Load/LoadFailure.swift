// Licensed under the MIT licence.

/// Why a run could not be made: one line for the user; the exit status is 2.
struct LoadFailure: Error, Equatable, CustomStringConvertible {
    var description: String

    init(_ description: String) {
        self.description = description
    }
}
