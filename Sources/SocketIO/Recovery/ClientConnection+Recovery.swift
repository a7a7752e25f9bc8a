// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import SocketIOCore
import WireJSON

// Clients that come back, and what is noted so that they can.
extension ClientConnection {
    /// Whether the client may come back to the namespace; those of Engine.IO 3 know nothing of that.
    func takesPartInRecovery(of namespace: Namespace, _ handshake: Handshake) -> Bool {
        guard self.revision == .v4, let sequencer = namespace.sequencer else { return false }
        return sequencer.options.takesPart(handshake.connection, handshake.auth)
    }

    /// Lets a new socket in, at its place in the order.
    func admit(_ socket: Socket, _ sequencer: Sequencer) {
        let pid = socket.isPlain ? nil : SocketIdentifier.randomPrivate()
        sequencer.admit(socket, pid: pid) { pid, position, isDurable in
            socket.recovery = pid.map {
                SocketRecovery(
                    pid: $0,
                    isDurable: isDurable,
                    options: sequencer.options,
                    connection: self.connection,
                    position: position
                )
            }
            self.admit(socket)
            socket.beginCheckpoints()
        }
    }

    /// Lets the client go on with the session that it names; returns false if it names none.
    func claimSession(in namespace: Namespace, _ handshake: Handshake) -> Bool {
        guard let sequencer = namespace.sequencer,
            let pid = handshake.auth.member("pid")?.stringValue.flatMap({ PrivateSessionID($0) })
        else { return false }
        // Null is none; anything else that is no string makes no sense, and must not pass for none.
        let offset = handshake.auth.member("offset").flatMap { $0.kind == .null ? nil : $0.stringValue ?? "" }
        sequencer.claim(
            RecoveryClaim(pid: pid, offset: offset) { session in
                self.shard.run {
                    if let session {
                        self.resume(session, after: offset, in: namespace, handshake, sequencer)
                    } else {
                        self.join(namespace, handshake, isPlain: false)
                    }
                }
            }
        )
        return true
    }

    /// Asks the application, if it wants to be asked, whether the client may have the session.
    private func resume(
        _ session: RecoverySession,
        after offset: String?,
        in namespace: Namespace,
        _ handshake: Handshake,
        _ sequencer: Sequencer
    ) {
        guard let mayResume = sequencer.options.mayResume else {
            return self.restore(session, after: offset, in: namespace, handshake, sequencer)
        }
        Task {
            let isAllowed = await mayResume(session, handshake.connection, handshake.auth)
            self.shard.execute {
                if isAllowed {
                    self.restore(session, after: offset, in: namespace, handshake, sequencer)
                } else {
                    sequencer.release(session, isKept: true)
                    self.join(namespace, handshake, isPlain: false)
                }
            }
        }
    }

    private func restore(
        _ session: RecoverySession,
        after offset: String?,
        in namespace: Namespace,
        _ handshake: Handshake,
        _ sequencer: Sequencer
    ) {
        let socket = Socket(
            id: session.sid,
            namespace: namespace,
            client: self,
            handshake: handshake,
            isPlain: false,
            data: session.data,
            recovered: true
        )
        guard !self.isClosed else {
            sequencer.release(session, isKept: true)
            return socket.neverJoined()
        }
        let middleware = sequencer.options.skipMiddlewares ? [] : namespace.middleware
        guard !middleware.isEmpty else {
            return self.restore(socket, as: session, after: offset, sequencer) {
                socket.hasLeft = true
                self.join(namespace, handshake, isPlain: false)
            }
        }
        // Middleware is asked once, about the socket that the client gets: so whether it can be restored is found out before.
        sequencer.examine(session, after: offset) { isComplete in
            self.shard.run {
                guard isComplete else {
                    socket.hasLeft = true
                    return self.join(namespace, handshake, isPlain: false)
                }
                self.afterMiddleware(middleware, socket) {
                    self.restore(socket, as: session, after: offset, sequencer) {
                        // The log has moved on too far meanwhile. The client comes back by itself, as a new one.
                        socket.neverJoined()
                        self.connection.close(.forcedServerClose)
                    }
                } refused: {
                    sequencer.release(session, isKept: false)
                }
            }
        }
    }

    /// `refused`: what to do if something may be missing; the namespace is still held then.
    private func restore(
        _ socket: Socket,
        as session: RecoverySession,
        after offset: String?,
        _ sequencer: Sequencer,
        refused: @escaping @Sendable () -> Void
    ) {
        sequencer.restore(socket, as: session, after: offset) { restoration in
            switch restoration {
            case .complete(let restored, let missed, let isDurable):
                self.admit(socket, as: restored, missed, isDurable: isDurable, instead: session, sequencer)
            case .held:
                self.sendAway(HeldSession(session: session, sequencer: sequencer, socket: socket))
            case .refused:
                refused()
            }
        }
    }

    /// `session`: what is kept if the client has gone again.
    private func admit(
        _ socket: Socket,
        as restored: RecoverySession,
        _ missed: [LoggedEvent],
        isDurable: Bool,
        instead session: RecoverySession,
        _ sequencer: Sequencer
    ) {
        guard !self.isClosed else {
            sequencer.ended(socket, session.pid, session)
            return socket.neverJoined()
        }
        socket.recovery = SocketRecovery(
            pid: session.pid,
            isDurable: isDurable,
            options: sequencer.options,
            connection: self.connection,
            position: restored.settledThrough,
            session: restored
        )
        self.admit(socket, rooms: restored.history.rooms, missed: missed)
        socket.beginCheckpoints()
    }

    /// Lets a client in only to send it away again: it may hold events of a replay that was cut off, which it handles once it is in,
    /// and comes back, by itself and at once, saying how far it is.
    ///
    /// Nothing is replayed to it meanwhile, since nobody but the client knows what it holds (``RecoverySession/mayHoldReplay(from:)``).
    private func sendAway(_ held: HeldSession) {
        let name = held.socket.namespace.name
        held.socket.hasLeft = true
        held.socket.isSentAway = true
        guard !self.isClosed, self.table.accepted(name) else { return held.release() }
        let pid = held.session.pid.encoded
        self.send(self.parser.connect(sid: held.session.sid, pid: pid, namespace: name, revision: self.revision))
        guard !self.isClosed else { return held.release() }
        self.heldSessions.append(held)
        self.connection.whenFlushed {
            // What has left this machine needs a moment to be handled. A client that is slower begins anew.
            self.shard.schedule(after: .milliseconds(250)) {
                guard !self.isClosed else { return }
                for index in self.heldSessions.indices { self.heldSessions[index].session.replay?.mayBeHeld = false }
                self.connection.close(.forcedServerClose)
            }
        }
    }
}

/// A session that goes back to the log when its client's connection ends.
struct HeldSession {
    var session: RecoverySession
    let sequencer: Sequencer
    /// Never joins, but keeps the namespace until the session is back in its log.
    let socket: Socket

    func release() {
        self.sequencer.release(self.session, isKept: true)
        self.socket.neverJoined()
    }
}
