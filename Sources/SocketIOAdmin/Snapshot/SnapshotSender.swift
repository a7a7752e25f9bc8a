// Licensed under the MIT licence.

import Logging
import NIOCore
import SocketIO
import SocketIOCore

/// Tells one new admin of all sockets that are there, at the pace at which its connection takes it.
///
/// `@unchecked Sendable`: every `var` is touched on the admin's shard only.
final class SnapshotSender: @unchecked Sendable {
    /// Small enough for a turn of the loop, and for the byte budget of a connection.
    private static let maximumPartBytes = 65_536

    private let admin: Socket
    private let feed: AdminFeed
    private let maximumSockets: Int
    private var snapshot = SocketSnapshot()
    private var hasSentFirst = false
    private var isSending = false
    private var isCancelled = false

    /// Begins to listen to what the admin is told.
    ///
    /// Call on the admin's shard.
    init(for admin: Socket, feed: AdminFeed, maximumSockets: Int) {
        self.admin = admin
        self.feed = feed
        self.maximumSockets = maximumSockets
        admin.onAnyOutgoing { [weak self] _, event in self?.told(event) }
    }

    /// The admin has left.
    ///
    /// Call on the admin's shard.
    func cancel() {
        self.isCancelled = true
        self.snapshot = SocketSnapshot()
    }

    /// Fetches the sockets and sends them.
    func load(_ namespaces: [Namespace]) async {
        var sockets: [ReportedSocket] = []
        for namespace in namespaces where sockets.count < self.maximumSockets {
            let fetched: [RemoteSocket]
            do {
                fetched = try await namespace.broadcast.fetchSockets()
            } catch {
                // A server that does not answer is no reason to show nothing.
                fetched = (try? await namespace.local.fetchSockets()) ?? []
            }
            for socket in fetched.prefix(self.maximumSockets - sockets.count) {
                let description = SocketDescription(
                    id: socket.id,
                    handshake: socket.handshake,
                    rooms: socket.rooms,
                    data: socket.data
                )
                sockets.append(
                    ReportedSocket(
                        description,
                        namespace: namespace.name,
                        maximumShownBytes: self.feed.maximumShownBytes
                    )
                )
            }
        }
        self.admin.shard.execute { [sockets] in
            guard !self.isCancelled else { return }
            self.snapshot.loaded(sockets)
            self.sendNext()
        }
    }

    private func told(_ event: OutgoingEvent) {
        guard !self.isSending, !self.isCancelled, let change = FeedChange(event) else { return }
        self.snapshot.told(change)
    }

    private func sendNext() {
        guard !self.isCancelled else { return }
        let parts = self.snapshot.next(maximumBytes: Self.maximumPartBytes)
        self.isSending = true
        if self.hasSentFirst {
            for part in parts {
                var arguments = part
                arguments.writeArguments(self.feed.timestamp)
                self.admin.emit(raw: "socket_connected", arguments: arguments)
            }
        } else {
            var arguments = ByteBuffer()
            arguments.writeStaticString("[")
            for part in parts {
                arguments.writeComma()
                arguments.writeImmutableBuffer(part)
            }
            arguments.writeStaticString("]")
            self.admin.emit(raw: "all_sockets", arguments: arguments)
            self.hasSentFirst = true
        }
        self.isSending = false
        guard !self.snapshot.isEmpty else { return self.admin.offAnyOutgoing() }
        self.admin.whenFlushed { self.admin.shard.execute { self.sendNext() } }
    }
}
