// Licensed under the MIT licence.

import NIOCore

/// The HTTP connections of a shard with the time by which each must have sent a whole request.
///
/// One sweep per shard instead of a scheduled task per request. Confined to its shard.
struct RequestDeadlineList {
    private var handlers: [ObjectIdentifier: EngineHTTPHandler] = [:]

    mutating func insert(_ handler: EngineHTTPHandler) {
        self.handlers[ObjectIdentifier(handler)] = handler
    }

    mutating func remove(_ handler: EngineHTTPHandler) {
        self.handlers[ObjectIdentifier(handler)] = nil
    }

    func closeExpired(now: NIODeadline) {
        for handler in self.handlers.values { handler.deadlineReached(now: now) }
    }
}
