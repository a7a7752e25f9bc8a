// Licensed under the MIT licence.

import NIOCore
import WireJSON

/// The sockets that a new admin is still to be told of.
///
/// Theory of operation. The feed goes on while the sockets are fetched and while they are sent, a part at a time, and the first part
/// makes the UI forget all that it was told before. So what the feed tells meanwhile is noted: until the sockets are there it is
/// kept, and then done to them in its order, which ends in the right picture wherever a change stands between the beginning and the
/// moment at which its socket was described, since a later change undoes an earlier one. From then on it is done to what is not
/// sent yet. A socket that connects then is told by the feed, and nothing is left to do for it here.
struct SocketSnapshot: Sendable {
    struct Key: Hashable, Sendable {
        var namespace: String
        var id: String
    }

    private enum State {
        case loading([FeedChange])
        case sending
    }

    private let maximumChanges: Int
    private var state = State.loading([])
    private var sockets: [Key: ReportedSocket] = [:]
    private var order: [Key] = []
    private var position = 0

    /// Makes a snapshot that is yet to be loaded.
    ///
    /// - Parameter maximumChanges: How many changes are kept for the moment at which the sockets are there; further ones are
    ///   forgotten, and the picture is wrong in them.
    init(maximumChanges: Int = 20_000) {
        self.maximumChanges = maximumChanges
    }

    /// Whether all has been sent.
    var isEmpty: Bool {
        if case .loading = self.state { false } else { self.sockets.isEmpty }
    }

    /// The feed tells the admin something.
    mutating func told(_ change: FeedChange) {
        switch self.state {
        case .loading(var changes):
            guard changes.count < self.maximumChanges else { return }
            // Taken out while it grows, so that it is not copied.
            self.state = .sending
            changes.append(change)
            self.state = .loading(changes)
        case .sending:
            if case .connected(let socket) = change {
                self.sockets[socket.key] = nil
            } else {
                self.apply(change)
            }
        }
    }

    /// The sockets are there.
    mutating func loaded(_ sockets: [ReportedSocket]) {
        // A second answer changes nothing: there is none.
        guard case .loading(let changes) = self.state else { return }
        self.state = .sending
        for socket in sockets { self.add(socket) }
        for change in changes { self.apply(change) }
    }

    /// Takes the next sockets: as many as fit, at least one as long as there are any.
    ///
    /// - Parameter maximumBytes: How much their JSON may take; a single one may take more.
    /// - Returns: The JSON of each.
    mutating func next(maximumBytes: Int) -> [ByteBuffer] {
        var taken: [ByteBuffer] = []
        var byteCount = 0
        while self.position < self.order.count {
            // Those that left have a place in the order still.
            if let socket = self.sockets[self.order[self.position]] {
                var json = ByteBuffer()
                socket.write(into: &json)
                byteCount += json.readableBytes + 1
                guard taken.isEmpty || byteCount <= maximumBytes else { break }
                taken.append(json)
                self.sockets[self.order[self.position]] = nil
            }
            self.position += 1
        }
        return taken
    }

    private mutating func add(_ socket: ReportedSocket) {
        if self.sockets.updateValue(socket, forKey: socket.key) == nil { self.order.append(socket.key) }
    }

    private mutating func apply(_ change: FeedChange) {
        switch change {
        case .connected(let socket):
            self.add(socket)
        case .disconnected(let key):
            self.sockets[key] = nil
        case .joined(let key, let room):
            if self.sockets[key]?.rooms.contains(room) == false { self.sockets[key]?.rooms.append(room) }
        case .left(let key, let room):
            self.sockets[key]?.rooms.removeAll { $0 == room }
        case .updated(let key, let update):
            if let transport = update.member("transport")?.stringValue { self.sockets[key]?.transport = transport }
            if let data = update.member("data") { self.sockets[key]?.data = data.bytes }
        }
    }
}

extension ReportedSocket {
    var key: SocketSnapshot.Key { SocketSnapshot.Key(namespace: self.namespace, id: self.id) }
}
