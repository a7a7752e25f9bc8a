// Licensed under the MIT licence.

package import NIOCore
import WireJSON

/// What the sender gave of a message, as the bytes it came in: never decoded, never encoded again.
///
/// ``members`` are members of the `message` event ready to be copied into it, in this order and without braces:
///
///     "content":"Hello","message_type":"text","title":null,"payload":{"a":1.0},"attachment_urls":[]
///
/// Stores keep these bytes as they are. The buffer is the body's own and holds nothing else, so that keeping a body keeps
/// no receive buffer alive.
package struct MessageBody: Hashable, Sendable {
    /// The members, as above.
    package let members: ByteBuffer
    /// The binary attachments that placeholders in the payload refer to, by index.
    package let attachments: [ByteBuffer]

    /// A body as a store kept it.
    package init(members: ByteBuffer, attachments: [ByteBuffer]) {
        self.members = members
        self.attachments = attachments
    }

    /// Copies what the sender gave; nil stands for the contract's default. Every value has been checked.
    init(
        content: JSONValue,
        type: JSONValue?,
        title: JSONValue?,
        payload: JSONValue?,
        attachmentURLs: JSONValue?,
        attachments: [ByteBuffer]
    ) {
        let names = 80  // what all names, quotes, colons and defaults take together
        var capacity = names + content.bytes.readableBytes
        for value in [type, title, payload, attachmentURLs] { capacity += value?.bytes.readableBytes ?? 0 }
        var buffer = ByteBufferAllocator().buffer(capacity: capacity)
        buffer.writeStaticString("\"content\":")
        buffer.writeJSON(content)
        buffer.writeStaticString(",\"message_type\":")
        if let type { buffer.writeJSON(type) } else { buffer.writeStaticString("\"text\"") }
        buffer.writeStaticString(",\"title\":")
        if let title { buffer.writeJSON(title) } else { buffer.writeStaticString("null") }
        buffer.writeStaticString(",\"payload\":")
        if let payload { buffer.writeJSON(payload) } else { buffer.writeStaticString("null") }
        buffer.writeStaticString(",\"attachment_urls\":")
        if let attachmentURLs { buffer.writeJSON(attachmentURLs) } else { buffer.writeStaticString("[]") }
        self.members = buffer
        self.attachments = attachments.map(Self.detached)
    }

    /// How many bytes a store that keeps this body holds because of it.
    package var byteCount: Int {
        self.attachments.reduce(self.members.readableBytes) { $0 + $1.readableBytes }
    }

    /// The same bytes in a buffer of their own if they are but a small part of a larger one.
    private static func detached(_ attachment: ByteBuffer) -> ByteBuffer {
        guard attachment.storageCapacity > 2 * attachment.readableBytes else { return attachment }
        var copy = ByteBufferAllocator().buffer(capacity: attachment.readableBytes)
        copy.writeImmutableBuffer(attachment)
        return copy
    }
}
