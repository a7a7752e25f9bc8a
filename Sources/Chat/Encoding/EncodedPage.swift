// Licensed under the MIT licence.

package import NIOCore

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
    ///   - page: What the store answered.
    ///   - query: What it was asked.
    ///   - maximumAttachments: How many attachments the answer may have; messages past it are left for another page. At
    ///     least one message stays. Over HTTP, where there are no attachments, `Int.max`.
    package init(_ page: HistoryPage, query: HistoryQuery, maximumAttachments: Int) {
        let kept = Self.trimmed(page.messages, fromEnd: query.isAscending, maximumAttachments)
        var attachments: [ByteBuffer] = []
        // The members of those messages whose placeholders have to count on from others; rarely any.
        var renumbered: [Int: ByteBuffer] = [:]
        for stored in kept where !stored.message.body.attachments.isEmpty {
            let body = stored.message.body
            if !attachments.isEmpty {
                renumbered[stored.seq] = BinaryPlaceholders.renumbered(body.members, by: attachments.count)
            }
            attachments += body.attachments
        }
        self.messages = JSONSink.buffer { sink in
            sink.literal("[")
            var isFirst = true
            for stored in kept {
                if !isFirst { sink.literal(",") }
                isFirst = false
                stored.write(to: &sink, members: renumbered[stored.seq] ?? stored.message.body.members)
            }
            sink.literal("]")
        }
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
        let isBinary = messages.contains { !$0.message.body.attachments.isEmpty }
        var hasAttachments = false
        var hasImitations = false
        func fits(_ stored: StoredMessage) -> Bool {
            let body = stored.message.body
            room -= body.attachments.count
            if isBinary {
                // What looks like a placeholder, and is none, must not meet another message's attachments.
                hasAttachments = hasAttachments || !body.attachments.isEmpty
                hasImitations =
                    hasImitations || body.attachments.isEmpty && BinaryPlaceholders.areImitated(in: body.members)
            }
            return room >= 0 && !(hasAttachments && hasImitations)
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
