// Licensed under the MIT licence.

import EngineIOCore
import Logging
import NIOCore
import SocketIOCore
import WireJSON

/// One connection with its sockets, one for each namespace it has joined.
///
/// Confined to the connection's shard, except that tasks carry it there: hence `@unchecked Sendable`; every `var` is touched on
/// the shard only.
final class ClientConnection: EngineConnectionHandler, @unchecked Sendable {
    let connection: any EngineConnection
    let server: Server
    let slot: ConnectionSlot
    let revision: ProtocolRevision
    private var decoder: PacketStreamDecoder
    var table: NamespaceTable
    /// Nearly always one.
    private(set) var sockets: [Socket] = []
    private let census: ConnectionCensus?
    private(set) var isClosed = false
    /// Sessions whose client was let in only to be sent away again; see ``sendAway(_:_:)``.
    var heldSessions: [HeldSession] = []
    private var connectDeadline: NIODeadline?
    private var attachmentDeadline: NIODeadline?
    /// How many sockets have so much to do that the connection is not read.
    private var readingHolds = 0

    init(_ connection: any EngineConnection, server: Server) {
        self.connection = connection
        self.server = server
        self.slot = connection.slot
        self.revision = connection.handshake.revision
        self.decoder = server.options.parser.makeDecoder(revision: self.revision, limits: server.options.limits)
        self.census = server.census(on: connection.shard)
        self.table = NamespaceTable(
            maximumNamespaces: server.options.maximumNamespaces,
            maximumRefusals: server.options.maximumRefusals
        )
    }

    var shard: any EngineShard { self.connection.shard }
    var parser: Parser { self.server.options.parser }

    /// The session has just been opened.
    func opened() {
        self.census?.opened(self)
        self.connectDeadline = self.shard.now + TimeAmount(self.server.options.connectTimeout)
        switch self.revision {
        case .v3:
            // Clients of revision 3 are in the main namespace from the start.
            self.table.joinedUnasked(SocketIOPacket.mainNamespace)
            let query = self.connection.handshake.target.drop { $0 != "?" }.dropFirst()
            self.connect(to: SocketIOPacket.mainNamespace, auth: .object(ofStrings: String(query)))
        case .v4:
            break
        }
        self.updateDeadline()
    }

    func textReceived(_ text: ByteBuffer) {
        self.census?.received(bytes: text.readableBytes)
        self.receive { decoder throws(SocketIOCore.PacketError) in try decoder.text(text) }
    }

    func binaryReceived(_ bytes: ByteBuffer) {
        self.census?.received(bytes: bytes.readableBytes)
        self.receive { decoder throws(SocketIOCore.PacketError) in try decoder.binary(bytes) }
    }

    private func receive(_ decode: (inout PacketStreamDecoder) throws(SocketIOCore.PacketError) -> SocketIOPacket?) {
        guard !self.isClosed else { return }
        do throws(SocketIOCore.PacketError) {
            let packet = try decode(&self.decoder)
            self.noteAttachments()
            if let packet { self.handle(packet) }
        } catch {
            self.server.logger.debug("closing connection after a bad packet", metadata: ["sio.error": "\(error)"])
            self.connection.close(.parseError)
        }
    }

    private func noteAttachments() {
        guard self.decoder.isAwaitingAttachments != (self.attachmentDeadline != nil) else { return }
        self.attachmentDeadline =
            self.decoder.isAwaitingAttachments
            ? self.shard.now + TimeAmount(self.server.options.attachmentTimeout) : nil
        self.updateDeadline()
    }

    private func handle(_ packet: SocketIOPacket) {
        switch self.table.received(packet) {
        case .connect:
            self.connect(to: packet.namespace, auth: self.auth(of: packet))
        case .dispatch:
            self.socket(in: packet.namespace)?.received(packet)
        case .disconnect:
            self.removeSocket(in: packet.namespace)?.left(.clientNamespaceDisconnect)
        case .ignore:
            break
        case .close:
            self.connection.close(.parseError)
        }
    }

    private func auth(of packet: SocketIOPacket) -> JSONValue {
        switch self.revision {
        case .v4:
            // Kept for the life of the socket, so it must not hold the whole received buffer.
            packet.payload?.compacted ?? .emptyObject
        case .v3:
            .object(ofStrings: packet.connectQuery)
        }
    }

    /// Tells the client that it is in, behind what it missed.
    func admit(_ socket: Socket, rooms: [Room] = [], missed: [LoggedEvent] = []) {
        let name = socket.namespace.name
        guard !self.isClosed, self.table.accepted(name) else { return socket.neverJoined() }
        self.connectDeadline = nil
        self.updateDeadline()
        for logged in missed {
            let event = logged.event
            let arguments = logged.offset.appended(to: event.arguments)
            self.send(
                self.parser.event(event.name, arguments: arguments, namespace: name, attachments: event.attachments)
            )
        }
        let pid = socket.recovery?.pid.encoded
        self.send(self.parser.connect(sid: socket.id, pid: pid, namespace: name, revision: self.revision))
        // Sending may have ended the connection.
        guard !self.isClosed else { return socket.neverJoined() }
        self.sockets.append(socket)
        // Nothing is heard of the client meanwhile.
        if self.readingHolds > 0 { socket.recovery?.readingPaused(now: self.shard.now) }
        socket.joined(rooms)
    }

    /// Puts a socket out of its namespace; the connection and its other sockets stay.
    func disconnect(_ socket: Socket) {
        guard !self.isClosed, let index = self.sockets.firstIndex(where: { $0 === socket }) else { return }
        self.sockets.remove(at: index)
        self.table.left(socket.namespace.name)
        self.send(self.parser.disconnect(namespace: socket.namespace.name, revision: self.revision))
        socket.left(.serverNamespaceDisconnect)
    }

    /// Puts all sockets out of their namespaces and ends the connection.
    ///
    /// Without the packets clients would take it for a failure and connect again (`_disconnect` of socket.io 4.8.3,
    /// `client.ts`).
    func disconnectAll() {
        for socket in self.sockets { self.disconnect(socket) }
        guard !self.isClosed else { return }
        self.connection.close(.forcedServerClose)
    }

    /// The client has come back over another connection, so this one is dead, though nobody has noticed.
    func supersede() {
        guard !self.isClosed else { return }
        self.connection.close(.transportClose)
    }

    /// A socket's handlers are far behind: takes no input until each such socket has called ``releaseReading()``.
    func holdReading() {
        self.readingHolds += 1
        guard self.readingHolds == 1, !self.isClosed else { return }
        for socket in self.sockets {
            socket.recovery?.readingPaused(now: self.shard.now)
            socket.checkpointSoon()
        }
        self.connection.pauseReading()
        self.updateDeadline()
    }

    /// The handlers have caught up.
    func releaseReading() {
        self.readingHolds -= 1
        guard self.readingHolds == 0, !self.isClosed else { return }
        // The client could not send its attachments meanwhile, so their time begins again.
        if self.attachmentDeadline != nil {
            self.attachmentDeadline = self.shard.now + TimeAmount(self.server.options.attachmentTimeout)
        }
        self.updateDeadline()
        for socket in self.sockets {
            socket.recovery?.readingResumed(now: self.shard.now)
            socket.checkpointSoon()
        }
        self.connection.resumeReading()
    }

    func send(_ message: EngineMessage, isVolatile: Bool = false) {
        guard !self.isClosed else { return }
        self.census?.sent(message, to: 1)
        self.connection.send(message, isVolatile: isVolatile)
    }

    func closed(_ reason: EngineCloseReason) {
        self.isClosed = true
        self.census?.closed(self, reason)
        let sockets = self.sockets
        self.sockets = []
        for socket in sockets { socket.left(DisconnectReason(reason)) }
        for held in self.heldSessions { held.release() }
        self.heldSessions = []
    }

    func deadlineReached(now: NIODeadline) {
        if let deadline = self.attachmentDeadline, self.readingHolds == 0, now >= deadline {
            return self.connection.close(.parseError)
        }
        if let deadline = self.connectDeadline, now >= deadline {
            self.connectDeadline = nil
            if !self.table.isConnectedAnywhere { return self.connection.close(.forcedServerClose) }
        }
        for socket in self.sockets { socket.expireAcknowledgements(now: now) }
        self.updateDeadline()
    }

    /// Tells the engine when the next of all deadlines is.
    func updateDeadline() {
        var deadline = NIODeadline.distantFuture
        if let connectDeadline { deadline = min(deadline, connectDeadline) }
        if let attachmentDeadline, self.readingHolds == 0 { deadline = min(deadline, attachmentDeadline) }
        for socket in self.sockets {
            if let next = socket.nextAcknowledgementDeadline { deadline = min(deadline, next) }
        }
        self.connection.setDeadline(deadline == .distantFuture ? nil : deadline)
    }

    private func socket(in namespace: String) -> Socket? {
        self.sockets.first { $0.namespace.name == namespace }
    }

    private func removeSocket(in namespace: String) -> Socket? {
        guard let index = self.sockets.firstIndex(where: { $0.namespace.name == namespace }) else { return nil }
        return self.sockets.remove(at: index)
    }
}
