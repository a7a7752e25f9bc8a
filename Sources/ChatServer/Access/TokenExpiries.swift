// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import SocketIO

/// The sockets of one shard whose time will be over, by the second in which it is.
///
/// One look a second, as long as there is one, and no timer for each. `@unchecked Sendable`: every `var` is touched on the shard
/// only.
final class TokenExpiries: @unchecked Sendable {
    private let shard: any EngineShard
    private var expired: (Socket) -> Void = { _ in }
    private var sockets: [Int64: [ObjectIdentifier: Socket]] = [:]
    /// The last second that was looked at.
    private var last: Int64 = 0
    private var isScheduled = false

    init(shard: any EngineShard) {
        self.shard = shard
    }

    /// Who is told of each socket, once; what is to be told again has to be added again.
    ///
    /// To be set before there are sockets.
    func onExpiry(_ expired: @escaping (Socket) -> Void) {
        self.expired = expired
    }

    /// How many sockets wait.
    var count: Int { self.sockets.values.reduce(0) { $0 + $1.count } }

    /// Adds a socket whose time is over then; no more than a second late.
    ///
    /// - Returns: By what to ``remove(_:from:)`` it.
    func add(_ socket: Socket, at deadline: NIODeadline) -> Int64 {
        if !self.isScheduled { self.last = self.second(of: self.shard.now) }
        let second = max(self.last + 1, self.second(of: deadline + .nanoseconds(999_999_999)))
        self.sockets[second, default: [:]][ObjectIdentifier(socket)] = socket
        self.schedule()
        return second
    }

    func remove(_ socket: Socket, from second: Int64) {
        self.sockets[second]?[ObjectIdentifier(socket)] = nil
        if self.sockets[second]?.isEmpty == true { self.sockets[second] = nil }
    }

    private func second(of time: NIODeadline) -> Int64 { Int64(time.uptimeNanoseconds / 1_000_000_000) }

    private func schedule() {
        guard !self.isScheduled, !self.sockets.isEmpty else { return }
        self.isScheduled = true
        self.shard.schedule(after: .seconds(1)) {
            self.isScheduled = false
            self.look()
            self.schedule()
        }
    }

    private func look() {
        let now = self.second(of: self.shard.now)
        guard now > self.last else { return }
        let passed = (self.last + 1)...now
        self.last = now
        for second in passed {
            for socket in (self.sockets.removeValue(forKey: second) ?? [:]).values { self.expired(socket) }
        }
    }
}
