// Licensed under the MIT licence.

/// What a server's reply may cost before the connection is closed.
///
/// Everything is checked before memory is set aside for it.
public struct RESPLimits: Sendable, Hashable {
    /// The most bytes that one reply may have, all its parts and their framing together; 64 MiB unless told, 2 GiB at most.
    public var maximumReplyBytes: Int

    /// How deep aggregates may be nested in one reply; 64 unless told, and 512 at most, whatever is set.
    public var maximumDepth: Int

    /// The most values that one reply may have, those within aggregates together; 4,194,304 unless told.
    public var maximumElements: Int

    /// The most bytes of a line: simple strings, simple errors, numbers and lengths; 64 KiB unless told.
    public var maximumLineBytes: Int

    /// Makes the limits; they are those of the defaults unless told.
    ///
    /// - Parameters:
    ///   - maximumReplyBytes: The most bytes of a reply.
    ///   - maximumDepth: How deep aggregates may be nested; 512 at most.
    ///   - maximumElements: The most values in a reply.
    ///   - maximumLineBytes: The most bytes of a line.
    public init(
        maximumReplyBytes: Int = 64 << 20,
        maximumDepth: Int = 64,
        maximumElements: Int = 4 << 20,
        maximumLineBytes: Int = 64 << 10
    ) {
        self.maximumReplyBytes = maximumReplyBytes
        self.maximumDepth = maximumDepth
        self.maximumElements = maximumElements
        self.maximumLineBytes = maximumLineBytes
    }
}
