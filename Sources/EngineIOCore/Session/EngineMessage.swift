// Licensed under the MIT licence.

public import NIOCore

/// What the layer above sends in one piece: a text message and the binary attachments that follow it.
///
/// The text is the Engine.IO message's data without its packet type (`2["hello"]`, not `42["hello"]`); the engine adds the
/// type and the framing of the wire form that each receiver needs, once per form.
public struct EngineMessage: Sendable, Equatable {
    /// The text part; its readable bytes are UTF-8.
    public var text: ByteBuffer
    /// Binary parts, sent after the text in this order, with nothing in between.
    public var attachments: [ByteBuffer]

    /// Creates a message.
    public init(text: ByteBuffer, attachments: [ByteBuffer] = []) {
        self.text = text
        self.attachments = attachments
    }
}
