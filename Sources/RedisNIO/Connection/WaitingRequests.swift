// Licensed under the MIT licence.

import NIOCore

/// What waits to be sent, in order, each until its deadline.
struct WaitingRequests {
    private var requests = CircularBuffer<RedisRequest>()
    /// No deadline of a request is earlier.
    private(set) var earliestDeadline: NIODeadline?
    private(set) var cost = 0

    var count: Int {
        self.requests.count
    }

    mutating func append(_ request: RedisRequest) {
        self.requests.append(request)
        self.cost += request.cost
        self.earliestDeadline = self.earliestDeadline.map { min($0, request.deadline) } ?? request.deadline
    }

    /// Gives the first.
    mutating func popFirst() -> RedisRequest? {
        guard let request = self.requests.popFirst() else { return nil }
        self.cost -= request.cost
        if self.requests.isEmpty { self.earliestDeadline = nil }
        return request
    }

    /// Gives all, in order.
    mutating func removeAll() -> CircularBuffer<RedisRequest> {
        let requests = self.requests
        self = Self()
        return requests
    }

    /// Gives those whose time is over.
    mutating func deadlineReached(now: NIODeadline) -> [RedisRequest] {
        guard let earliestDeadline, earliestDeadline <= now else { return [] }
        var expired: [RedisRequest] = []
        for request in self.removeAll() {
            if request.deadline <= now {
                expired.append(request)
            } else {
                self.append(request)
            }
        }
        return expired
    }
}
