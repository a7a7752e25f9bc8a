// Licensed under the MIT licence.

import NIOCore

/// What a server says on a connection for subscriptions: pushes in RESP3, arrays of the same parts in RESP2.
enum PubSubMessage {
    case message(RedisSubscription, channel: String, payload: ByteBuffer)
    case subscribed(RedisSubscription)
    case unsubscribed(RedisSubscription)
    case error(RedisServerReply)
    /// A sign of life, or something that is of no interest here.
    case other

    init(_ value: RESPValue) {
        if let error = RedisServerReply(value) {
            self = .error(error)
            return
        }
        guard let parts = value.elements, let word = parts.first?.bytes else {
            self = .other
            return
        }
        // The bytes decide before anything is made of them, since messages are what comes most.
        if parts.count == 3, word.is("message"), let channel = parts[1].text, let payload = parts[2].bytes {
            self = .message(.channel(channel), channel: channel, payload: payload)
        } else if parts.count == 3, word.is("smessage"), let channel = parts[1].text, let payload = parts[2].bytes {
            self = .message(.shardChannel(channel), channel: channel, payload: payload)
        } else if parts.count == 4, word.is("pmessage"), let pattern = parts[1].text, let channel = parts[2].text,
            let payload = parts[3].bytes
        {
            self = .message(.pattern(pattern), channel: channel, payload: payload)
        } else if parts.count == 3, let name = parts[1].text {
            switch String(buffer: word) {
            case "subscribe": self = .subscribed(.channel(name))
            case "psubscribe": self = .subscribed(.pattern(name))
            case "ssubscribe": self = .subscribed(.shardChannel(name))
            case "unsubscribe": self = .unsubscribed(.channel(name))
            case "punsubscribe": self = .unsubscribed(.pattern(name))
            case "sunsubscribe": self = .unsubscribed(.shardChannel(name))
            default: self = .other
            }
        } else {
            self = .other
        }
    }
}

extension ByteBuffer {
    fileprivate func `is`(_ word: StaticString) -> Bool {
        guard self.readableBytes == word.utf8CodeUnitCount else { return false }
        return word.withUTF8Buffer { word in self.readableBytesView.elementsEqual(word) }
    }
}
