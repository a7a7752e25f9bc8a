// Licensed under the MIT licence.

import Chat
import NIOCore

/// How a message stands in its row.
///
/// | column | |
/// |---|---|
/// | `place` | the room's number and its `seq`, 31 and 32 bits |
/// | `time` | its timestamp in milliseconds |
/// | `id` | its id |
/// | `user`, `name` | its sender |
/// | `client_id` | the sender's name for it, or null |
/// | `body` | ``MessageBody/members`` as they are |
/// | `attachments` | ``AttachmentsBlob``, or null |
enum MessageRow {
    /// The columns that ``page(_:room:_:)`` reads, in its order.
    static let columns = "place & 4294967295, time, id, user, name, client_id, body, attachments"
    /// The greatest `seq` there can be.
    static let maximumSequence = 4_294_967_295
    /// The greatest number a room can have.
    static let maximumRoom = 2_147_483_647

    /// Where a room's message stands among all messages: each room's are together, in their order.
    ///
    /// One number, because that makes the table SQLite's quickest to add to: a key of two columns costs half as much again.
    static func place(room number: Int, _ seq: Int) -> Int { number << 32 + seq }

    /// The `seq` of a place.
    static func seq(_ place: Int) -> Int { place & Self.maximumSequence }

    /// Reads messages as long as they fit the query; there must be one row more than its limit, if there are so many.
    ///
    /// In the order of the rows.
    static func page(_ statement: SQLStatement, room: RoomID, _ query: HistoryQuery) throws -> HistoryPage {
        defer { statement.reset() }
        var page = HistoryPage(messages: [], hasMore: false)
        var bytes = 0
        while try statement.step() {
            let attachments = statement.isNull(7) ? [] : AttachmentsBlob.decode(statement.bytes(7))
            let size = attachments.reduce(statement.byteCount(6)) { $0 + $1.readableBytes }
            // No sum overflows: what has been read fits into memory.
            bytes += size
            guard page.messages.count < query.limit, page.messages.isEmpty || bytes <= query.maximumBytes else {
                page.hasMore = true
                break
            }
            page.messages.append(Self.message(statement, room: room, attachments))
        }
        return page
    }

    private static func message(
        _ statement: SQLStatement,
        room: RoomID,
        _ attachments: [ByteBuffer]
    ) -> StoredMessage {
        let sender = ChatUser(
            id: UserID(unchecked: ExactText(statement.text(3))),
            name: ExactText(statement.text(4))
        )
        let message = ChatMessage(
            room: room,
            id: MessageID(statement.text(2)),
            timestamp: Timestamp(milliseconds: Int64(statement.integer(1))),
            sender: sender,
            body: MessageBody(members: statement.bytes(6), attachments: attachments),
            clientID: statement.isNull(5) ? nil : ExactText(statement.text(5))
        )
        return StoredMessage(seq: statement.integer(0), message: message)
    }

    /// Sets the parameters of an insertion, in the order of the columns.
    static func insert(_ statement: SQLStatement, room number: Int, seq: Int, _ message: ChatMessage) throws {
        statement.bind(Self.place(room: number, seq), at: 1)
        statement.bind(message.timestamp.milliseconds, at: 2)
        statement.bind(message.id.string, at: 3)
        statement.bind(message.sender.id.string, at: 4)
        statement.bind(message.sender.name.string, at: 5)
        if let clientID = message.clientID {
            statement.bind(clientID.string, at: 6)
        } else {
            statement.bindNull(at: 6)
        }
        try statement.bind(message.body.members, at: 7) {
            if message.body.attachments.isEmpty {
                statement.bindNull(at: 8)
                try statement.run()
            } else {
                try statement.bind(AttachmentsBlob.encode(message.body.attachments), at: 8) { try statement.run() }
            }
        }
    }
}
