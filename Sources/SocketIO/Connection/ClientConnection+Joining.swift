// Licensed under the MIT licence.

import EngineIOCore
import SocketIOCore
import WireJSON

// Who gets into which namespace.
extension ClientConnection {
    /// The client asks for a namespace.
    func connect(to name: String, auth: JSONValue) {
        let handshake = Handshake(connection: self.connection.handshake, auth: auth)
        if let namespace = self.server.hold(name) { return self.connect(to: namespace, handshake) }
        guard self.server.hasPredicates else { return self.refuseUnknown(name) }
        Task {
            let namespace = await self.server.hold(name, askingFor: handshake)
            self.shard.execute {
                if let namespace { self.connect(to: namespace, handshake) } else { self.refuseUnknown(name) }
            }
        }
    }

    private func refuseUnknown(_ name: String) {
        guard !self.isClosed else { return }
        self.send(self.parser.invalidNamespace(name, revision: self.revision))
        self.refused(name)
    }

    /// Lets the client into a namespace that is held for it.
    private func connect(to namespace: Namespace, _ handshake: Handshake) {
        let takesPart = self.takesPartInRecovery(of: namespace, handshake)
        guard !takesPart || !self.claimSession(in: namespace, handshake) else { return }
        self.join(namespace, handshake, isPlain: !takesPart)
    }

    /// Lets the client in as a new socket, if the namespace's middleware does.
    func join(_ namespace: Namespace, _ handshake: Handshake, isPlain: Bool) {
        let id = self.socketID(in: namespace.name)
        let socket = Socket(id: id, namespace: namespace, client: self, handshake: handshake, isPlain: isPlain)
        self.afterMiddleware(namespace.middleware, socket) {
            if let sequencer = namespace.sequencer {
                self.admit(socket, sequencer)
            } else {
                self.admit(socket)
            }
        }
    }

    /// Goes on once a namespace's middleware has let a socket pass.
    func afterMiddleware(
        _ middleware: [@Sendable (Socket) async throws -> Void],
        _ socket: Socket,
        _ next: @escaping @Sendable () -> Void,
        refused: @escaping @Sendable () -> Void = {}
    ) {
        guard !middleware.isEmpty else { return next() }
        Task {
            do {
                for step in middleware { try await step(socket) }
                self.shard.execute(next)
            } catch {
                let refusal = error as? ConnectionRefusal ?? ConnectionRefusal("internal error")
                self.shard.execute {
                    refused()
                    self.refuse(socket, refusal)
                }
            }
        }
    }

    /// Engine.IO 3: the session's id for the main namespace, with the namespace in front otherwise; later clients get a random
    /// id that says nothing about the session's, which is a credential.
    private func socketID(in namespace: String) -> String {
        switch self.revision {
        case .v4: SocketIdentifier.random()
        case .v3:
            namespace == SocketIOPacket.mainNamespace
                ? self.connection.sessionID.encoded : "\(namespace)#\(self.connection.sessionID.encoded)"
        }
    }

    private func refuse(_ socket: Socket, _ refusal: ConnectionRefusal) {
        socket.neverJoined()
        guard !self.isClosed else { return }
        self.send(
            self.parser.connectError(
                message: refusal.message,
                data: refusal.data,
                namespace: socket.namespace.name,
                revision: self.revision
            )
        )
        self.refused(socket.namespace.name)
    }

    private func refused(_ namespace: String) {
        if self.table.refused(namespace) { self.connection.close(.parseError) }
    }
}
