// Licensed under the MIT licence.

import NIOCore
import RedisNIO

/// A server that Redis counts, and that says nothing by itself.
final class DeafSubscriber: RedisSubscriber {
    func received(_ message: ByteBuffer, on channel: String, by subscription: RedisSubscription) {}
}
