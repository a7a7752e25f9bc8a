// Licensed under the MIT licence.

package import EngineIOCore
package import NIOCore
internal import NIOPosix
internal import SocketIOCore
package import WireJSON

/// A Socket.IO client for tests: one socket in one namespace, events to wait for by name, acknowledgements in both
/// directions.
///
/// Arguments go out as raw JSON, one string each (`emit("join", #"{"room_id":"a"}"#)`), and come in as ``JSONValue``,
/// so tests see exactly what is on the wire. Every wait has an end. May be used from any task.
package final class SocketClient: @unchecked Sendable {
    // Sendable because every mutable member is touched on `eventLoop` only: the asynchronous members hop there, the
    // rest is called there by the session.

    /// Events nobody has taken yet; more would mean a test that forgot to read, and end the session.
    package static let maximumQueuedEvents = 100_000

    package let namespace: String
    let eventLoop: any EventLoop
    let session: ClientSession
    let inbox: EventInbox
    var answers: [UInt64: EventLoopPromise<ClientAnswer>] = [:]
    var nextAckID: UInt64 = 0
    private let connected: EventLoopPromise<JSONValue?>
    private let ended: EventLoopPromise<ClientCloseReason>
    private var closeReason: ClientCloseReason?

    /// Connects a new session and one socket in it.
    ///
    /// - Parameters:
    ///   - options: Where and how to connect.
    ///   - namespace: With Engine.IO 3 a query may follow, which the server gets as the socket's: `/custom?token=a`.
    ///   - auth: The JSON object of the CONNECT packet; Engine.IO 4 only.
    ///   - within: How long the whole of it may take.
    ///   - group: Where the session's event loop comes from.
    /// - Returns: The socket, which has been let in.
    /// - Throws: ``ClientError``: refused, closed (with the session's reason) or timed out.
    package static func connect(
        _ options: EngineClientOptions,
        namespace: String = "/",
        auth: String? = nil,
        within: TimeAmount = .seconds(60),
        on group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) async throws -> SocketClient {
        let eventLoop = group.next()
        let session = NIOLoopBoundBox.makeBoxSendingValue(
            ClientSession(engine: EngineClient(options: options, eventLoop: eventLoop)),
            eventLoop: eventLoop
        )
        do {
            return try await Self.join(
                namespace,
                auth: auth,
                within: within,
                revision: options.revision,
                eventLoop: eventLoop
            ) {
                session.value.start()
                return session.value
            }
        } catch {
            // Nobody else has this session.
            eventLoop.execute { session.value.engine.close() }
            throw error
        }
    }

    /// Connects a further socket, in another namespace of the same session.
    package func socket(
        in namespace: String,
        auth: String? = nil,
        within: TimeAmount = .seconds(60)
    ) async throws -> SocketClient {
        try await Self.join(
            namespace,
            auth: auth,
            within: within,
            revision: self.session.engine.options.revision,
            eventLoop: self.eventLoop
        ) { self.session }
    }

    private static func join(
        _ target: String,
        auth: String?,
        within: TimeAmount,
        revision: ProtocolRevision,
        eventLoop: any EventLoop,
        session: @escaping @Sendable () -> ClientSession
    ) async throws -> SocketClient {
        let namespace = String(target.prefix(while: { $0 != "?" }))
        let socket = try await eventLoop.submit {
            let session = session()
            let socket = SocketClient(namespace: namespace, session: session, eventLoop: eventLoop)
            let address = target == "/" ? "" : "\(target),"
            let joinsByItself = revision == .v3 && namespace == "/"
            session.add(socket, connectPacket: joinsByItself ? nil : "0\(address)\(revision == .v4 ? auth ?? "" : "")")
            eventLoop.scheduleTask(in: within) {
                socket.connected.fail(ClientError.timedOut("CONNECT of \(namespace)"))
            }
            return socket
        }.get()
        socket.answerToConnect = try await socket.connected.futureResult.get()
        return socket
    }

    private init(namespace: String, session: ClientSession, eventLoop: any EventLoop) {
        self.namespace = namespace
        self.session = session
        self.eventLoop = eventLoop
        self.inbox = EventInbox(eventLoop: eventLoop)
        self.connected = eventLoop.makePromise()
        self.ended = eventLoop.makePromise()
    }

    // MARK: What it is

    /// The payload of the server's CONNECT answer, `{"sid":"…"}`; `nil` with Engine.IO 3.
    ///
    /// Set once, before the socket is handed out.
    package private(set) var answerToConnect: JSONValue?

    /// The socket's id; with Engine.IO 3 what v2 clients call it: the session's id, after `/nsp#` in other
    /// namespaces.
    package var id: String {
        get async throws {
            if let sid = self.answerToConnect?.member("sid")?.stringValue { return sid }
            let sid = try await self.handshake.sid
            return self.namespace == "/" ? sid : "\(self.namespace)#\(sid)"
        }
    }

    /// The Engine.IO handshake.
    package var handshake: EngineClientHandshake {
        get async throws {
            try await self.eventLoop.submit {
                guard let handshake = self.session.engine.handshake else { throw ClientError.timedOut("the handshake") }
                return handshake
            }.get()
        }
    }

    /// The session's transport at this moment; `nil` when it is over.
    package var transport: TransportName? {
        get async throws { try await self.eventLoop.submit { self.session.engine.transport }.get() }
    }

    // MARK: The end

    /// Leaves the namespace; the session stays for other sockets.
    package func disconnect() async throws {
        try await self.eventLoop.submit {
            guard self.closeReason == nil else { return }
            self.session.send(PacketEncoder.disconnect(namespace: self.namespace))
            self.session.remove(self)
            self.end(.disconnectedHere)
        }.get()
    }

    /// Ends the whole session with the transport's goodbye.
    package func close() async throws {
        try await self.eventLoop.submit { self.session.engine.close() }.get()
    }

    /// Ends the whole session without a word.
    package func abort() async throws {
        try await self.eventLoop.submit { self.session.engine.abort() }.get()
    }

    /// Waits for the socket's end.
    package func closed(within: TimeAmount = .seconds(60)) async throws -> ClientCloseReason {
        let promise = self.eventLoop.makePromise(of: ClientCloseReason.self)
        self.ended.futureResult.cascade(to: promise)
        self.eventLoop.scheduleTask(in: within) { promise.fail(ClientError.timedOut("the end of the socket")) }
        return try await promise.futureResult.get()
    }

    // MARK: From the session

    func received(_ packet: SocketIOPacket) {
        switch packet.kind {
        case .connect:
            self.connected.succeed(packet.payload)
        case .connectError:
            self.session.remove(self)
            self.refused(.refused(packet.payload))
        case .disconnect:
            self.session.remove(self)
            self.end(.disconnectedByServer)
        case .event, .binaryEvent:
            guard let event = EventPayload(packet) else { return }
            let received = ClientEvent(
                name: event.name,
                arguments: event.arguments,
                attachments: packet.attachments,
                ackID: packet.ackID
            )
            if !self.inbox.add(received, limit: Self.maximumQueuedEvents) {
                self.session.engine.finish(.protocolViolation("more events than this client keeps"), politely: true)
            }
        case .ack, .binaryAck:
            guard let id = packet.ackID, let promise = self.answers.removeValue(forKey: id) else { return }
            promise.succeed(ClientAnswer(arguments: packet.acknowledgedArguments, attachments: packet.attachments))
        }
    }

    func refused(_ error: ClientError) {
        self.connected.fail(error)
        self.ended.succeed(.disconnectedByServer)
    }

    func sessionClosed(_ reason: EngineClientCloseReason) {
        self.end(.sessionEnded(reason))
    }

    private func end(_ reason: ClientCloseReason) {
        guard self.closeReason == nil else { return }
        self.closeReason = reason
        self.connected.fail(ClientError.closed(reason))
        self.inbox.close(reason)
        let answers = self.answers.values
        self.answers = [:]
        for answer in answers { answer.fail(ClientError.closed(reason)) }
        self.ended.succeed(reason)
    }
}
