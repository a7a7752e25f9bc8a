// Licensed under the MIT licence.

/// A Lua script that the server runs as one step.
///
/// Make each script once and keep it: its digest is computed when it is made. The client sends the text the first time on each
/// connection and only the digest after that; if the server has forgotten it (`NOSCRIPT`), the text is sent again.
public final class RedisScript: Sendable, Hashable, CustomStringConvertible {
    /// The text, in Lua.
    public let source: String

    /// The SHA-1 of the text in 40 lower-case hexadecimal digits, as `SCRIPT LOAD` answers it.
    public let digest: String

    /// Makes a script; nothing is sent.
    ///
    /// - Parameter source: The text, in Lua.
    public init(_ source: String) {
        self.source = source
        self.digest = SHA1.hexadecimal(of: source.utf8)
    }

    /// The digest.
    public var description: String {
        self.digest
    }

    /// Compares the texts, by their digests.
    ///
    /// - Parameters:
    ///   - first: A script.
    ///   - second: Another.
    /// - Returns: Whether they are the same.
    public static func == (first: RedisScript, second: RedisScript) -> Bool {
        first === second || first.digest == second.digest
    }

    /// Hashes the digest.
    ///
    /// - Parameter hasher: The hasher.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(self.digest)
    }
}
