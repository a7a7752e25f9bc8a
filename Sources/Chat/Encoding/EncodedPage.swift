// Licensed under the MIT licence.

package import NIOCore
import WireJSON

/// A page of history ready for one answer.
///
/// Each message counts its binary attachments from 0, but one answer has one row of them; so the placeholders of a message
/// that is not the first with attachments are renumbered. It is the one place where bytes of a sender are changed: the
/// `num` of a placeholder, which is the protocol's and not the sender's.
package struct EncodedPage: Sendable {
    /// An array of `message` payloads in ascending order: `[{"type":"message",…},…]`.
    package let messages: ByteBuffer
    /// The attachments of all the messages, as their placeholders count them now.
    package let attachments: [ByteBuffer]
    /// Whether there is more in the direction that was asked for, be it that the store or this answer had no room for it.
    package let hasMore: Bool

    /// - Parameters:
    ///   - page: What the store answered to `query`.
    ///   - maximumAttachments: How many attachments the answer may have; messages past it are left for another page. At
    ///     least one message stays. Over HTTP, where there are no attachments, `Int.max`.
    package init(_ page: HistoryPage, query: HistoryQuery, maximumAttachments: Int) {
        let kept = Self.trimmed(page.messages, fromEnd: query.isAscending, maximumAttachments)
        var buffer = ByteBufferAllocator().buffer(capacity: kept.reduce(2) { $0 + $1.encodedCapacity + 1 })
        var attachments: [ByteBuffer] = []
        buffer.writeStaticString("[")
        for (index, stored) in kept.enumerated() {
            if index > 0 { buffer.writeStaticString(",") }
            let body = stored.message.body
            if attachments.isEmpty || body.attachments.isEmpty {
                stored.write(to: &buffer)
            } else {
                let members = BinaryPlaceholders.renumbered(body.members, by: attachments.count)
                stored.write(to: &buffer, members: members)
            }
            attachments += body.attachments
        }
        buffer.writeStaticString("]")
        self.messages = buffer
        self.attachments = attachments
        self.hasMore = page.hasMore || kept.count < page.messages.count
    }

    /// The messages nearest to where the page begins whose attachments fit.
    private static func trimmed(
        _ messages: [StoredMessage],
        fromEnd: Bool,
        _ maximumAttachments: Int
    ) -> ArraySlice<StoredMessage> {
        var room = maximumAttachments
        func fits(_ stored: StoredMessage) -> Bool {
            room -= stored.message.body.attachments.count
            return room >= 0
        }
        if fromEnd {
            let kept = messages.prefix(while: fits)
            return kept.isEmpty ? messages.prefix(1) : kept
        }
        var start = messages.count
        while start > 0, fits(messages[start - 1]) { start -= 1 }
        return start == messages.count ? messages.suffix(1) : messages[start...]
    }
}
