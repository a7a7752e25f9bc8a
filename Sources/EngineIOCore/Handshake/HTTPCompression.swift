// Licensed under the MIT licence.

/// How the answers to polls are compressed for the clients that accept it (RFC 9110 §8.4.1).
///
/// A client says so in `Accept-Encoding`; `gzip` and `deflate` are understood. Browsers and Node.js's client take compressed answers
/// apart unasked; other clients do not ask for them.
///
/// Secrets and what a stranger writes do not belong into one compressed answer: its length tells how alike they are.
public struct HTTPCompression: Sendable, Hashable {
    /// Answers of fewer bytes leave as they are.
    ///
    /// Default 1,024, as in Node.js.
    public var thresholdBytes: Int
    /// zlib's compression level, 1 (fast) to 9 (small).
    ///
    /// Default 6, zlib's own.
    public var level: Int

    /// Creates options; see each property.
    public init(thresholdBytes: Int = 1_024, level: Int = 6) {
        self.thresholdBytes = thresholdBytes
        self.level = level
    }
}
