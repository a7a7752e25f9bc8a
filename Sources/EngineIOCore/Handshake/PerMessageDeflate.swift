// Licensed under the MIT licence.

/// How WebSocket messages are compressed with the clients that offer it (RFC 7692, `permessage-deflate`).
///
/// Compression trades this server's time for bytes on the network. The defaults keep its price low: no side keeps a context
/// from one message to the next, so that a broadcast is compressed once for all of its receivers and a connection holds no memory for it.
/// With a context per connection (``serverNoContextTakeover`` off) small messages shrink further, but each receiver's
/// copy is compressed for it alone, and each connection holds up to 256 KiB.
///
/// Secrets and what a stranger writes do not belong into one compressed message: its length tells how alike they are.
public struct PerMessageDeflate: Sendable, Hashable {
    /// The window sizes that may be asked for, as powers of two.
    ///
    /// RFC 7692 begins at 8, which zlib cannot do in this format; a client that insists on 8 is served uncompressed.
    public static let windowBitsRange = 9...15

    /// Messages of fewer bytes, counted with their packet type, leave as they are.
    ///
    /// Default 1,024.
    public var thresholdBytes: Int
    /// The most that this side looks back, as a power of two, within ``windowBitsRange``.
    ///
    /// Default 15. A client may ask for less and is given it.
    public var serverMaxWindowBits: Int
    /// The most that a client may look back, as a power of two, within ``windowBitsRange``.
    ///
    /// Default 15. With less, clients that cannot be told (they do not offer `client_max_window_bits`) are served uncompressed.
    public var clientMaxWindowBits: Int
    /// Whether this side forgets each message it has sent.
    ///
    /// Default `true`: a broadcast is then compressed once for all receivers of one window size.
    public var serverNoContextTakeover: Bool
    /// Whether clients are told to forget each message they have sent.
    ///
    /// Default `true`: nothing is held for a client between its messages. Otherwise up to 44 KiB a connection.
    public var clientNoContextTakeover: Bool
    /// zlib's compression level, 1 (fast) to 9 (small).
    ///
    /// Default 6, zlib's own.
    public var level: Int
    /// How much memory zlib uses, 1 to 9: 2 to the power of this plus 9 bytes, beside the window.
    ///
    /// Default 8, zlib's own.
    public var memoryLevel: Int

    /// Creates options; see each property.
    ///
    /// Numbers outside of their range are taken as the nearest one inside.
    public init(
        thresholdBytes: Int = 1_024,
        serverMaxWindowBits: Int = 15,
        clientMaxWindowBits: Int = 15,
        serverNoContextTakeover: Bool = true,
        clientNoContextTakeover: Bool = true,
        level: Int = 6,
        memoryLevel: Int = 8
    ) {
        self.thresholdBytes = thresholdBytes
        self.serverMaxWindowBits = serverMaxWindowBits
        self.clientMaxWindowBits = clientMaxWindowBits
        self.serverNoContextTakeover = serverNoContextTakeover
        self.clientNoContextTakeover = clientNoContextTakeover
        self.level = level
        self.memoryLevel = memoryLevel
    }
}
