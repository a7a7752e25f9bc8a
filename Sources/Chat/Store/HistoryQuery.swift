// Licensed under the MIT licence.

/// Which messages of a room to read.
///
/// With `after` the oldest that lie behind it; otherwise the newest, before `before` if that is given. With both, the
/// oldest between the two.
package struct HistoryQuery: Hashable, Sendable {
    /// Only messages with a greater `seq`.
    package var after: Int?
    /// Only messages with a smaller `seq`.
    package var before: Int?
    /// At most so many messages, from 1 up.
    package var limit: Int
    /// At most so many bytes (``MessageBody/byteCount``), but at least one message if there is any.
    package var maximumBytes: Int

    /// A query.
    package init(after: Int? = nil, before: Int? = nil, limit: Int, maximumBytes: Int = .max) {
        self.after = after
        self.before = before
        self.limit = limit
        self.maximumBytes = maximumBytes
    }

    /// Whether the page begins at its oldest message, so that more of it would be newer.
    package var isAscending: Bool { self.after != nil }
}

/// What a store answers to a ``HistoryQuery``.
package struct HistoryPage: Equatable, Sendable {
    /// The messages in ascending order, whatever the direction of the query.
    package var messages: [StoredMessage]
    /// Whether more are retained past the limits: newer ones if the query has `after`, older ones otherwise.
    package var hasMore: Bool

    /// A page.
    package init(messages: [StoredMessage], hasMore: Bool) {
        self.messages = messages
        self.hasMore = hasMore
    }
}
