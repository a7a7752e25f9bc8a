// Licensed under the MIT licence.

import NIOCore

/// Binary attachments in one piece of bytes: each with its length in front, in four bytes, the most significant first.
enum AttachmentsBlob {
    static func encode(_ attachments: [ByteBuffer]) -> ByteBuffer {
        let size = attachments.reduce(0) { $0 + 4 + $1.readableBytes }
        var blob = ByteBufferAllocator().buffer(capacity: size)
        for attachment in attachments {
            blob.writeInteger(UInt32(clamping: attachment.readableBytes))
            blob.writeImmutableBuffer(attachment)
        }
        return blob
    }

    /// What is cut short, which we never wrote, is left out.
    static func decode(_ blob: ByteBuffer) -> [ByteBuffer] {
        var blob = blob
        var attachments: [ByteBuffer] = []
        while let attachment = blob.readLengthPrefixedSlice(as: UInt32.self) { attachments.append(attachment) }
        return attachments
    }
}
