// Licensed under the MIT licence.

import Chat
import NIOCore

/// How a message stands in its room's log, and on its channel.
///
/// | bytes | |
/// |---|---|
/// | 1 | version, 1 |
/// | 8 | time in milliseconds since 1970 |
/// | 2 + n | id |
/// | 2 + n | sender's id |
/// | 4 + n | sender's name |
/// | 1, and 2 + n | whether the sender gave a client id, and it |
/// | 4 + n | ``MessageBody/members`` as they are |
/// | 4, and 4 + n each | the number of attachments, and they |
///
/// Integers are big-endian. The room and the `seq` stand elsewhere: in the key and the entry's id, or the channel and the eight bytes in
/// front of the record.
enum MessageRecord {
    private static let version: UInt8 = 1

    static func encode(_ message: ChatMessage) -> ByteBuffer {
        let body = message.body
        var record = ByteBufferAllocator().buffer(capacity: 128 + body.byteCount + 4 * body.attachments.count)
        record.writeInteger(Self.version)
        record.writeInteger(message.timestamp.milliseconds)
        Self.write(message.id.string, UInt16.self, to: &record)
        Self.write(message.sender.id.string, UInt16.self, to: &record)
        Self.write(message.sender.name.string, UInt32.self, to: &record)
        record.writeInteger(UInt8(message.clientID == nil ? 0 : 1))
        if let clientID = message.clientID { Self.write(clientID.string, UInt16.self, to: &record) }
        Self.write(body.members, to: &record)
        record.writeInteger(UInt32(clamping: body.attachments.count))
        for attachment in body.attachments { Self.write(attachment, to: &record) }
        return record
    }

    /// Reads a record; nil for what no version of ours has written.
    static func decode(_ record: ByteBuffer, seq: Int, room: RoomID) -> StoredMessage? {
        var record = record
        guard record.readInteger(as: UInt8.self) == Self.version,
            let time = record.readInteger(as: Int64.self),
            let id = record.readText(UInt16.self),
            let user = record.readText(UInt16.self),
            let name = record.readText(UInt32.self),
            let hasClientID = record.readInteger(as: UInt8.self),
            let clientID = hasClientID == 0 ? .some(nil) : record.readText(UInt16.self).map(Optional.some),
            let members = record.readLengthPrefixedSlice(as: UInt32.self),
            let count = record.readInteger(as: UInt32.self),
            // Each takes four bytes at least, so that a made-up count costs nothing.
            Int(count) <= record.readableBytes / 4
        else { return nil }
        var attachments: [ByteBuffer] = []
        attachments.reserveCapacity(Int(count))
        for _ in 0..<count {
            guard let attachment = record.readLengthPrefixedSlice(as: UInt32.self) else { return nil }
            attachments.append(attachment)
        }
        let message = ChatMessage(
            room: room,
            id: MessageID(id),
            timestamp: Timestamp(milliseconds: time),
            sender: ChatUser(id: UserID(unchecked: ExactText(user)), name: ExactText(name)),
            body: MessageBody(members: members, attachments: attachments),
            clientID: clientID.map(ExactText.init)
        )
        return StoredMessage(seq: seq, message: message)
    }

    private static func write<Length: FixedWidthInteger>(
        _ text: String,
        _: Length.Type,
        to record: inout ByteBuffer
    ) {
        record.writeInteger(Length(clamping: text.utf8.count))
        record.writeString(text)
    }

    private static func write(_ bytes: ByteBuffer, to record: inout ByteBuffer) {
        record.writeInteger(UInt32(clamping: bytes.readableBytes))
        record.writeImmutableBuffer(bytes)
    }
}
