// Licensed under the MIT licence.

/// Why a store on disk cannot be opened.
///
/// Nothing has been changed on disk then.
package enum StoreOpeningError: Error, Equatable, Sendable {
    /// The directory is not there and cannot be made, or is none, or does not let us write; why, in the system's words.
    case directory(path: String, reason: String)
    /// Another process has this directory open.
    case inUse(path: String)
    /// The file is no SQLite database.
    case notADatabase(path: String)
    /// The file is a database of something else.
    case foreign(path: String)
    /// The file was written by a version that knows more than we do; `version` is its schema's, `known` ours.
    case newer(path: String, version: Int, known: Int)
    /// The file is a database of ours and its content is broken; why, in SQLite's words.
    case damaged(path: String, reason: String)
    /// The file cannot be opened for another reason; why, in SQLite's words.
    case unreadable(path: String, reason: String)
}
