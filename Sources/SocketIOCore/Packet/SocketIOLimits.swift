// Licensed under the MIT licence.

public import WireJSON

/// How much of everything one packet may hold; each is checked before anything of that size is allocated or kept.
///
/// The length of a packet's text as a whole is the transport's to limit (Engine.IO's `maxPayload`).
public struct SocketIOLimits: Sendable, Equatable {
    /// The longest namespace, in UTF-8 bytes, its query included.
    ///
    /// 128 by default.
    public var maximumNamespaceBytes: Int
    /// The most attachments of one packet.
    ///
    /// 10 by default, as in the reference (socket.io-parser 4.2.6).
    public var maximumAttachments: Int
    /// The most bytes that the attachments of one packet may have together.
    ///
    /// 1,000,000 by default.
    public var maximumAttachmentBytes: Int
    /// The longest event name, in UTF-8 bytes after decoding of escapes.
    ///
    /// 256 by default.
    public var maximumEventNameBytes: Int
    /// How deep arrays and objects of a payload may nest.
    ///
    /// 64 by default.
    public var maximumDepth: Int
    /// The most digits of an acknowledgement id.
    ///
    /// 16 by default, enough for every integer that JavaScript can count to.
    public var maximumAckDigits: Int

    /// Makes limits; every one has a default.
    public init(
        maximumNamespaceBytes: Int = 128,
        maximumAttachments: Int = 10,
        maximumAttachmentBytes: Int = 1_000_000,
        maximumEventNameBytes: Int = 256,
        maximumDepth: Int = JSONValue.defaultMaximumDepth,
        maximumAckDigits: Int = 16
    ) {
        self.maximumNamespaceBytes = maximumNamespaceBytes
        self.maximumAttachments = maximumAttachments
        self.maximumAttachmentBytes = maximumAttachmentBytes
        self.maximumEventNameBytes = maximumEventNameBytes
        self.maximumDepth = maximumDepth
        self.maximumAckDigits = maximumAckDigits
    }
}
