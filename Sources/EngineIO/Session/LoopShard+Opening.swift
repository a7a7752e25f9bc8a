// Licensed under the MIT licence.

import EngineIOCore
import NIOCore

extension LoopShard {
    /// Opens a session on long-polling and answers its handshake.
    func openPollingSession(_ opening: SessionOpening, exchange: HTTPExchange) {
        let session = self.makeSession(opening)
        session.wantsBase64 = opening.wantsBase64
        self.start(session)
        session.answerHandshake(exchange)
    }

    /// Opens a session on a WebSocket.
    func openWebSocketSession(_ opening: SessionOpening, connection: EngineHTTPHandler.TakenConnection) {
        let session = self.makeSession(opening)
        let webSocket = WebSocketHandler(session: session, connection: connection)
        session.webSocket = webSocket
        self.start(session)
        self.adopt(connection.socket, by: webSocket, of: session)
    }

    private func makeSession(_ opening: SessionOpening) -> Session {
        Session(loop: self, id: opening.id, handshake: opening.handshake, settings: opening.request.settings)
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
