// Licensed under the MIT licence.

package import NIOCore

extension StoredMessage {
    /// The payload of the `message` event.
    ///
    ///     {"type":"message","id":"…","seq":7,"room_id":"r1","user_id":"u1","username":"Ann","content":…,"message_type":…,
    ///      "title":…,"payload":…,"attachment_urls":…,"client_id":"…","created_at":"2026-01-02T03:04:05.678Z"}
    ///
    /// but without the line break; `client_id` only if the sender gave one. What the sender gave is there byte for byte. The
    /// attachments of ``ChatMessage/body`` belong to it.
    package var encoded: ByteBuffer {
        JSONSink.buffer { self.write(to: &$0, members: self.message.body.members) }
    }

    /// The same with `members` in place of the body's.
    @inline(__always)
    func write(to sink: inout JSONSink, members: ByteBuffer) {
        let message = self.message
        sink.literal("{\"type\":\"message\",\"id\":")
        sink.string(message.id.text)
        sink.literal(",\"seq\":")
        sink.decimal(self.seq)
        sink.literal(",\"room_id\":")
        sink.string(message.room.text)
        sink.literal(",\"user_id\":")
        sink.string(message.sender.id.text)
        sink.literal(",\"username\":")
        sink.string(message.sender.name)
        sink.literal(",")
        sink.raw(members)
        if let clientID = message.clientID {
            sink.literal(",\"client_id\":")
            sink.string(clientID)
        }
        sink.literal(",\"created_at\":")
        sink.timestamp(message.timestamp)
        sink.literal("}")
    }
}
