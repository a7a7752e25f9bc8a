// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import NIOHTTP1

extension LoopShard {
    /// Opens a session on long-polling and answers its handshake.
    func openPollingSession(
        _ request: EngineRequest,
        revision: ProtocolRevision,
        query: HandshakeQuery,
        exchange: HTTPExchange,
        channel: any Channel
    ) {
        let handshake = EngineHandshake(request, revision, .polling, query, address: channel.remoteAddress)
        let session = Session(loop: self, id: self.makeSessionID(), handshake: handshake, settings: request.settings)
        session.wantsBase64 = query.wantsBase64
        self.start(session)
        session.answerHandshake(exchange)
    }

    /// Opens a session on a WebSocket.
    func openWebSocketSession(
        _ request: EngineRequest,
        revision: ProtocolRevision,
        query: HandshakeQuery,
        connection: EngineHTTPHandler.TakenConnection
    ) {
        let handshake = EngineHandshake(request, revision, .websocket, query, address: connection.address)
        let session = Session(loop: self, id: self.makeSessionID(), handshake: handshake, settings: request.settings)
        let webSocket = WebSocketHandler(session: session, connection: connection)
        session.webSocket = webSocket
        self.start(session)
        self.adopt(connection.descriptor, by: webSocket, of: session)
    }

    /// Queues the open packet, then lets the layer above take over.
    private func start(_ session: Session) {
        let open = OpenPacket(
            sid: session.id,
            transport: session.handshake.transport,
            options: session.settings.options
        )
        session.enqueue(.packet(open.packet))
        session.handler = session.settings.acceptor(session)
    }
}

extension Session {
    /// Answers the request that opened the session with the open packet and what the layer above added to it.
    func answerHandshake(_ exchange: HTTPExchange) {
        self.respond(to: exchange, with: self.takeQueued())
        self.opened()
    }
}

extension EngineHandshake {
    init(
        _ request: EngineRequest,
        _ revision: ProtocolRevision,
        _ transport: TransportName,
        _ query: HandshakeQuery,
        address: SocketAddress?
    ) {
        self.init(
            revision: revision,
            transport: transport,
            target: request.head.uri,
            headers: HeaderBlock(request.head.headers.lazy.map { ($0.name, $0.value) }),
            address: address?.ipAddress ?? ""
        )
    }
}
