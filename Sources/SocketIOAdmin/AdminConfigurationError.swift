// Licensed under the MIT licence.

/// Why the options of an ``AdminInterface`` are no good.
public struct AdminConfigurationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong.
    public enum Code: Sendable, Hashable {
        /// The hash is of a method that is not supported.
        case unsupportedHash
        /// The hash is not whole, or not what its method writes.
        case malformedHash
        /// Checking a password against the hash would take too long, or too much memory.
        case expensiveHash
        /// The system's library cannot check hashes; libxcrypt is needed, which Linux distributions have.
        case hashesUnavailable
        /// The name of the user is empty or longer than 256 bytes.
        case badUsername
        /// The namespace is `/` or empty.
        case badNamespace
    }

    /// What is wrong.
    public let code: Code
    /// The same for people; says nothing of the hash itself.
    public let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { self.message }
}
