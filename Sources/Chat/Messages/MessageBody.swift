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

    /// Copies what the sender gave; nil stands for the contract's default.
    ///
    /// Every value has been checked.
    static func copying(
        content: JSONValue,
        type: JSONValue?,
        title: JSONValue?,
        payload: JSONValue?,
        attachmentURLs: JSONValue?,
        attachments: [ByteBuffer]
    ) -> MessageBody {
        let members = JSONSink.buffer { sink in
            sink.literal("\"content\":")
            sink.raw(content.bytes)
            sink.literal(",\"message_type\":")
            if let type { sink.raw(type.bytes) } else { sink.literal("\"text\"") }
            sink.literal(",\"title\":")
            if let title { sink.raw(title.bytes) } else { sink.literal("null") }
            sink.literal(",\"payload\":")
            if let payload { sink.raw(payload.bytes) } else { sink.literal("null") }
            sink.literal(",\"attachment_urls\":")
            if let attachmentURLs { sink.raw(attachmentURLs.bytes) } else { sink.literal("[]") }
        }
        return MessageBody(
            members: members,
            attachments: attachments.isEmpty ? [] : attachments.map(Self.detached)
        )
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
