// Licensed under the MIT licence.

public import NIOCore

/// What the layer above sends in one piece: a text message, binary messages, or a text and the binary ones that follow it.
///
/// The text is the Engine.IO message's data without its packet type (`2["hello"]`, not `42["hello"]`); the engine adds the
/// type and the framing of the wire form that each receiver needs, once per form.
public struct EngineMessage: Sendable, Equatable {
    /// The text part, whose readable bytes are UTF-8; `nil` if all is binary.
    public var text: ByteBuffer?
    /// Binary parts, sent after the text in this order, with nothing in between.
    public var attachments: [ByteBuffer]

    /// Creates a message.
    public init(text: ByteBuffer, attachments: [ByteBuffer] = []) {
        self.text = text
        self.attachments = attachments
    }

    /// Creates a binary message.
    public init(binary: ByteBuffer) {
        self.text = nil
        self.attachments = [binary]
    }
}
