// Licensed under the MIT licence.

package import NIOCore
import WireJSON

extension StoredMessage {
    /// The `message` event's payload:
    ///
    ///     {"type":"message","id":"…","seq":7,"room_id":"r1","user_id":"u1","username":"Ann","content":…,"message_type":…,
    ///      "title":…,"payload":…,"attachment_urls":…,"client_id":"…","created_at":"2026-01-02T03:04:05.678Z"}
    ///
    /// without the line break; `client_id` only if the sender gave one. What the sender gave is there byte for byte.
    /// The attachments of ``ChatMessage/body`` belong to it.
    package var encoded: ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: self.encodedCapacity)
        self.write(to: &buffer)
        return buffer
    }

    /// How many bytes to reserve so that ``write(to:)`` will not have to ask for more: an upper bound unless names hold
    /// characters that JSON escapes.
    package var encodedCapacity: Int {
        let fixed = 176  // names, punctuation, a seq of 19 digits, the timestamp
        let message = self.message
        return fixed + message.id.string.utf8.count + message.room.string.utf8.count
            + message.sender.id.string.utf8.count + message.sender.name.utf8.count + message.body.members.readableBytes
            + (message.clientID.map { $0.utf8.count + 15 } ?? 0)
    }

    /// Appends the payload as ``encoded`` has it.
    package func write(to buffer: inout ByteBuffer) {
        self.write(to: &buffer, members: self.message.body.members)
    }

    /// - Parameter members: The body's, or what stands for them.
    func write(to buffer: inout ByteBuffer, members: ByteBuffer) {
        let message = self.message
        buffer.writeStaticString("{\"type\":\"message\",\"id\":")
        buffer.writeJSONString(message.id.string)
        buffer.writeStaticString(",\"seq\":")
        buffer.writeDecimal(self.seq)
        buffer.writeStaticString(",\"room_id\":")
        buffer.writeJSONString(message.room.string)
        buffer.writeStaticString(",\"user_id\":")
        buffer.writeJSONString(message.sender.id.string)
        buffer.writeStaticString(",\"username\":")
        buffer.writeJSONString(message.sender.name)
        buffer.writeStaticString(",")
        buffer.writeImmutableBuffer(members)
        if let clientID = message.clientID {
            buffer.writeStaticString(",\"client_id\":")
            buffer.writeJSONString(clientID)
        }
        buffer.writeStaticString(",\"created_at\":\"")
        buffer.writeTimestamp(message.timestamp)
        buffer.writeStaticString("\"}")
    }
}
