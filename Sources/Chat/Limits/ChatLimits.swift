// Licensed under the MIT licence.

/// Every size in the chat that a peer controls.
///
/// The defaults are the documented ones.
package struct ChatLimits: Equatable, Sendable {
    /// The longest `content`, in Unicode scalars (`MAX_MESSAGE_LENGTH`).
    package var maximumMessageLength = 10_000
    /// The longest `title`, in bytes.
    package var maximumTitleBytes = 4096
    /// The longest `type`, in bytes.
    package var maximumTypeBytes = 128
    /// The longest `client_id`, in bytes.
    package var maximumClientIDBytes = 128
    /// The most `attachment_urls` of one message.
    package var maximumAttachmentURLs = 64
    /// The longest of them, in bytes.
    package var maximumAttachmentURLBytes = 4096
    /// The longest `username`, in bytes.
    package var maximumUsernameBytes = 256
    /// The longest `token`, in bytes.
    package var maximumTokenBytes = 16_384

    /// How many rooms one socket may be in; one more is `TOO_MANY_ROOMS`.
    package var maximumRoomsPerSocket = 256
    /// How many joins and leaves of one room a socket may wait for at once; one more is `RATE_LIMITED`.
    package var maximumPendingRequestsPerRoom = 16
    /// How many rooms stay open on one shard for clients that have lost their connection; with one more, nobody is waited for in
    /// the one that has waited the longest.
    ///
    /// A client that comes back to such a room all the same gets what is sent from then on.
    package var maximumAwaitedRooms = 50_000
    /// How many users one socket may watch; one more is `RATE_LIMITED`.
    package var maximumWatchedUsersPerSocket = 1024

    /// How many messages `history` answers with when it was not told.
    package var defaultHistoryLimit = 50
    /// The most messages that one `history` answers with.
    package var maximumHistoryLimit = 200
    /// The most bytes of messages in one such answer; past it `has_more` is true.
    ///
    /// At least one message is answered.
    package var historyPageBytes = 1 << 20
    /// The most binary attachments in one answer.
    ///
    /// Stock clients refuse a packet with more than 10.
    package var maximumAttachmentsPerPage = 10

    /// How many messages are read from the store at once while `join` replays.
    package var replayPageMessages = 200
    /// How many bytes of them.
    package var replayPageBytes = 256 << 10
    /// How many messages of a room are kept at hand for joins whose replay is being read meanwhile.
    package var replayTailMessages = 256

    /// The defaults.
    package init() {}
}
