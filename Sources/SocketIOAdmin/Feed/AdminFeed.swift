// Licensed under the MIT licence.

import Foundation
import NIOCore
import SocketIO
import SocketIOCore
import Synchronization
import WireJSON

/// Tells admins what happens, as long as there are any.
///
/// May be used from anywhere. The events are those of `@socket.io/admin-ui` 0.5.1 (`typed-events.ts`).
final class AdminFeed: Sendable {
    /// Where admins are.
    enum Audience: UInt8, AtomicRepresentable {
        case nobody, thisServer, everywhere
    }

    let namespace: Namespace
    let maximumShownBytes: Int
    private let clock: @Sendable () -> Date
    private let audience = Atomic(Audience.nobody)

    init(_ namespace: Namespace, maximumShownBytes: Int, clock: @escaping @Sendable () -> Date) {
        self.namespace = namespace
        self.maximumShownBytes = maximumShownBytes
        self.clock = clock
    }

    func setAudience(_ audience: Audience) {
        self.audience.store(audience, ordering: .sequentiallyConsistent)
    }

    /// Whether there is anybody to tell; nothing needs to be built otherwise.
    var isWatched: Bool { self.audience.load(ordering: .sequentiallyConsistent) != .nobody }

    /// The seconds since 1970, by the clock that timestamps are of.
    var secondsSince1970: Int { Int(self.clock().timeIntervalSince1970) }

    // MARK: Events

    func socketConnected(_ socket: ReportedSocket) {
        var arguments = ByteBuffer()
        socket.write(into: &arguments)
        self.emit("socket_connected", arguments, isTimed: true)
    }

    func socketDisconnected(_ namespace: String, _ id: String, _ reason: String) {
        var arguments = ByteBuffer()
        arguments.writeArguments(namespace, id, reason)
        self.emit("socket_disconnected", arguments, isTimed: true)
    }

    func socketUpdated(_ namespace: String, _ id: String, transport: String) {
        var arguments = Self.update(namespace, id)
        arguments.writeMember("transport", transport)
        arguments.writeStaticString("}")
        self.emit("socket_updated", arguments)
    }

    func socketUpdated(_ namespace: String, _ id: String, data: JSONValue) {
        var arguments = Self.update(namespace, id)
        arguments.writeName("data")
        arguments.writeImmutableBuffer(ReportedSocket.shown(data, self.maximumShownBytes))
        arguments.writeStaticString("}")
        self.emit("socket_updated", arguments)
    }

    func roomJoined(_ namespace: String, _ room: String, _ id: String) {
        var arguments = ByteBuffer()
        arguments.writeArguments(namespace, room, id)
        self.emit("room_joined", arguments, isTimed: true)
    }

    func roomLeft(_ namespace: String, _ room: String, _ id: String) {
        var arguments = ByteBuffer()
        arguments.writeArguments(namespace, room, id)
        self.emit("room_left", arguments, isTimed: true)
    }

    /// An event of a socket, in or out.
    ///
    /// There may be very many of these, so they are volatile: an admin whose connection is too slow misses some, and keeps the rest.
    func event(_ direction: Direction, _ namespace: String, _ id: String, _ event: ShownEvent) {
        var arguments = ByteBuffer()
        arguments.writeArguments(namespace, id)
        arguments.writeComma()
        arguments.writeStaticString("[")
        arguments.writeJSONString(event.name)
        let byteCount = event.attachments.reduce(event.arguments.readableBytes) { $0 + $1.readableBytes }
        let isShown = byteCount <= self.maximumShownBytes
        if !isShown {
            arguments.writeArguments("(\(byteCount) bytes, too many to be shown)")
        } else if event.arguments.readableBytes > 0 {
            arguments.writeStaticString(",")
            arguments.writeImmutableBuffer(event.arguments)
        }
        arguments.writeStaticString("]")
        self.emit(
            direction.rawValue,
            arguments,
            isTimed: true,
            attachments: isShown ? event.attachments : [],
            isVolatile: true
        )
    }

    func serverStatistics(_ arguments: ByteBuffer) {
        self.emit("server_stats", arguments)
    }

    enum Direction: String {
        case received = "event_received"
        case sent = "event_sent"
    }

    struct ShownEvent {
        var name: String
        var arguments: ByteBuffer
        var attachments: [ByteBuffer]
    }

    // MARK: Sending

    private static func update(_ namespace: String, _ id: String) -> ByteBuffer {
        var arguments = ByteBuffer()
        arguments.writeStaticString("{")
        arguments.writeMember("id", id)
        arguments.writeMember("nsp", namespace)
        return arguments
    }

    private func emit(
        _ event: String,
        _ arguments: ByteBuffer,
        isTimed: Bool = false,
        attachments: [ByteBuffer] = [],
        isVolatile: Bool = false
    ) {
        var receivers = self.namespace.broadcast
        switch self.audience.load(ordering: .sequentiallyConsistent) {
        case .nobody: return
        case .thisServer: receivers = receivers.local
        case .everywhere: break
        }
        if isVolatile { receivers = receivers.volatile }
        var arguments = arguments
        if isTimed { arguments.writeArguments(self.timestamp) }
        receivers.emit(raw: event, arguments: arguments, attachments: attachments)
    }

    /// As JavaScript's `Date` becomes JSON: `2026-01-31T12:00:00.000Z`.
    var timestamp: String { self.clock().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)) }
}
