// Licensed under the MIT licence.

public import EngineIOCore
import NIOCore
public import SocketIOCore
import WireJSON

/// One client in one namespace.
///
/// All members may be called from anywhere unless they say otherwise; from the socket's own shard they take effect at once, from
/// elsewhere a moment later, in the order of the calls. On a socket that has left they do nothing.
///
/// `@unchecked Sendable`: every `var` is touched on the socket's shard only.
public final class Socket: EventHandlers, @unchecked Sendable {
    /// What other sockets and the client's own `socket.id` know it by.
    public let id: String
    /// The namespace it is in.
    public let namespace: Namespace
    /// What the client said when it joined.
    public let handshake: Handshake
    /// A place for the state of whoever handles this socket's events.
    ///
    /// Touch it on ``shard`` only.
    public var inlineState: AnyObject?

    /// What the application keeps with this socket.
    public let data: SocketData

    let client: ClientConnection
    let slot: ConnectionSlot
    /// Whether it is one that was there before: with its id, rooms and data, and having been sent what it missed.
    public let recovered: Bool
    /// Whether its events carry no offset, since its client cannot come back; so it is with all in namespaces without recovery.
    let isPlain: Bool
    var handlers: EventTable?
    /// In namespaces with recovery; set when the socket is let in.
    var recovery: SocketRecovery?
    var queue: EventQueue?
    private var acknowledgements: AckTable<AckCallback>?
    private(set) var isConnected = false
    var hasLeft = false
    /// Whether its client is let in only to be sent away; its session is this connection's until that ends.
    var isSentAway = false
    var isCountedAsListening = false

    init(
        id: String,
        namespace: Namespace,
        client: ClientConnection,
        handshake: Handshake,
        isPlain: Bool,
        data: [String: JSONValue] = [:],
        recovered: Bool = false
    ) {
        self.id = id
        self.namespace = namespace
        self.client = client
        self.slot = client.slot
        self.handshake = handshake
        self.isPlain = isPlain
        self.data = SocketData(data)
        self.recovered = recovered
    }

    /// Where this socket lives.
    public var shard: any EngineShard { self.client.shard }

    /// `polling` or `websocket`, at this moment.
    ///
    /// Call on ``shard``.
    public var transport: TransportName { self.client.connection.transport }

    var parser: Parser { self.namespace.options.parser }
    var part: NamespaceShard { self.namespace.part(on: self.shard) }

    // MARK: Life

    /// The client has been told that it is in.
    ///
    /// `rooms`: where it was before, if it has come back.
    func joined(_ rooms: [Room]) {
        self.isConnected = true
        self.part.add(self)
        for room in rooms { self.part.join(self, room) }
        self.countOutgoingListeners()
        let handlers = self.part.handlers
        // The queue is there before the inline handlers are: what they cause, such as leaving, comes after the others.
        if !handlers.connect.isEmpty { self.queue = EventQueue() }
        for handler in handlers.connectInline where self.isConnected { handler(self) }
        if !handlers.connect.isEmpty, let work = self.begin(.joined(handlers.connect)) { self.finish(work) }
    }

    /// The socket will never be in: its client was refused, or went away while that was decided.
    func neverJoined() {
        self.hasLeft = true
        if let recovery { self.namespace.sequencer?.ended(self, recovery.pid, nil) }
        self.handlers = nil
        self.client.server.release(self.namespace)
    }

    /// The socket is out, whoever wanted it.
    func left(_ reason: DisconnectReason) {
        guard self.isConnected else { return }
        self.isConnected = false
        self.hasLeft = true
        self.countOutgoingListeners()
        let part = self.part
        let rooms = part.rooms(of: self)
        // Last of all: the client may be waiting to come back in this socket's place. What it comes back for goes with the namespace.
        defer { self.keepForRecovery(reason, rooms: rooms) { self.client.server.release(self.namespace) } }
        // First of all, so that what the handlers broadcast does not reach a client that has been told it is out.
        part.remove(self)
        let handlers = part.handlers
        for handler in handlers.disconnectInline { handler(self, reason) }
        // Handlers often hold the socket that holds them. Waiting events still need theirs.
        if self.queue == nil { self.handlers = nil }
        if !handlers.disconnect.isEmpty { self.enqueue(.left(handlers.disconnect, reason)) }
        guard var waiting = self.acknowledgements.take() else { return }
        for callback in waiting.removeAll() { callback(.failure(AckError.disconnected)) }
    }

    /// Puts the socket out of its namespace, or with `close` out of all its namespaces, and ends the connection.
    ///
    /// Either way the client is told, so that it does not come back by itself.
    public func disconnect(close: Bool = false) {
        self.inOrderOfChanges { _ in self.putOut(closing: close) }
    }

    /// Puts the socket out, at its place in the order; call on the shard.
    func putOut(closing: Bool) {
        guard self.isConnected else { return }
        if closing { self.client.disconnectAll() } else { self.client.disconnect(self) }
    }

    /// Does something on the shard, at its place among all that the namespace sends; gets the log's position there.
    func inOrder(_ job: @escaping @Sendable (_ position: UInt64) -> Void) {
        guard let sequencer = self.namespace.sequencer else { return self.shard.run { job(0) } }
        sequencer.pass { _, current in self.shard.run { job(current?.position ?? 0) } }
    }

    // MARK: Rooms

    /// Joins rooms.
    public func join(_ rooms: Room...) {
        self.inOrderOfChanges { position in for room in rooms { self.change(room, isJoin: true, position) } }
    }

    /// Leaves rooms.
    public func leave(_ rooms: Room...) {
        self.inOrderOfChanges { position in for room in rooms { self.change(room, isJoin: false, position) } }
    }

    /// Joins or leaves a room, at its place in the order; call on the shard.
    func change(_ room: Room, isJoin: Bool, _ position: UInt64) {
        let isChange = isJoin ? self.part.join(self, room) : self.part.leave(self, room)
        // Once the connection has ended the socket is in no room here, but still in those that it will come back to.
        guard isChange || self.hasLeft else { return }
        self.recovery?.changed(room, isJoin: isJoin, position: position, now: self.shard.now)
    }

    /// The rooms it is in, its own id not among them.
    public var rooms: [Room] {
        get async {
            await withCheckedContinuation { continuation in
                self.inOrder { _ in continuation.resume(returning: self.part.rooms(of: self)) }
            }
        }
    }

    /// The others in any of these rooms.
    public func to(_ rooms: Room...) -> BroadcastOperator {
        self.broadcast.to(rooms)
    }

    /// The others, but not those in any of these rooms.
    public func except(_ rooms: Room...) -> BroadcastOperator {
        self.broadcast.except(rooms)
    }

    /// All others in the namespace.
    public var broadcast: BroadcastOperator {
        BroadcastOperator(namespace: self.namespace, target: BroadcastTarget(exceptSocket: self.id))
    }

    // MARK: Acknowledgements

    func received(_ packet: SocketIOPacket) {
        self.recovery?.heard()
        switch packet.kind {
        case .event, .binaryEvent:
            self.eventReceived(packet)
        case .ack, .binaryAck:
            // Unknown, repeated and late ones find nothing, which is legal: the answer may have crossed our time limit.
            guard let id = packet.ackID, let callback = self.acknowledgements?.answer(id) else { return }
            callback(.success(AckReply(arguments: packet.acknowledgedArguments, attachments: packet.attachments)))
        case .connect, .disconnect, .connectError:
            // The connection deals with these itself.
            break
        }
    }

    /// Notes that somebody waits for the answer of this number; returns whether there is room for that.
    ///
    /// Call on the shard, for a socket that is connected.
    func awaitAcknowledgement(_ id: UInt64, within timeout: Duration, _ callback: @escaping AckCallback) -> Bool {
        // Taken out while it changes: with a second reference to it every registration would copy all others.
        var table =
            self.acknowledgements.take()
            ?? AckTable(maximumPending: self.namespace.options.maximumPendingAcknowledgements)
        defer {
            self.acknowledgements = table
            self.client.updateDeadline()
        }
        do throws(AckTableError) {
            try table.register(callback, id: id, deadline: self.shard.now + TimeAmount(timeout))
            return true
        } catch {
            return false
        }
    }

    /// Answers an event of the client.
    func acknowledge(_ id: UInt64, _ arguments: ByteBuffer, _ attachments: [ByteBuffer]) {
        self.inOrder { _ in
            guard self.isConnected else { return }
            self.client.send(
                self.parser.ack(id, arguments: arguments, namespace: self.namespace.name, attachments: attachments)
            )
        }
    }

    var nextAcknowledgementDeadline: NIODeadline? { self.acknowledgements?.nextDeadline }

    func expireAcknowledgements(now: NIODeadline) {
        guard let expired = self.acknowledgements?.expire(now: now) else { return }
        for callback in expired { callback(.failure(AckError.timedOut)) }
    }
}
