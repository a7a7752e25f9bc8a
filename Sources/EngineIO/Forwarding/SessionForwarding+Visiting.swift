// Licensed under the MIT licence.

import EngineIOCore
import NIOCore

// The visitor's side: clients here, whose sessions are in other processes.
extension SessionForwarding {
    /// Takes a request to its session's process, which answers it.
    ///
    /// Returns whether there is room for it.
    func ask(
        _ question: ForwardedContent,
        _ visit: ForwardedVisit,
        at owner: NodeAddress,
        for exchange: HTTPExchange
    ) -> Bool {
        guard let number = exchange.visitNumber else { return false }
        let isPoll = if case .poll = question { true } else { false }
        let deadline = self.now + self.patience(isPoll: isPoll, path: visit.path)
        let entry = ForwardingTable.Visit(
            owner: owner,
            visit: visit,
            deadline: deadline,
            stage: .request(exchange, isPoll: isPoll)
        )
        guard !self.isClosing, self.withTable({ $0.add(entry, number) }) else { return false }
        // An interruption before the visit was in the table has passed it over.
        guard self.isReceiving else {
            self.visitLost(number)
            return true
        }
        self.send(question, number, isFromVisitor: true, to: owner) { delivery in
            if delivery != .sent { self.visitLost(number) }
        }
        return true
    }

    /// Asks a session in another process whether a WebSocket may come to it.
    ///
    /// Returns whether there is room for it. `decided` is called once then, on any thread, with why it may not, or nothing.
    func askUpgrade(
        _ visit: ForwardedVisit,
        at owner: NodeAddress,
        _ number: UInt64,
        decided: @escaping @Sendable (HandshakeError?) -> Void
    ) -> Bool {
        let deadline = self.now + self.patience(isPoll: false, path: visit.path)
        let entry = ForwardingTable.Visit(owner: owner, visit: visit, deadline: deadline, stage: .upgrade(decided))
        guard !self.isClosing, self.withTable({ $0.add(entry, number) }) else { return false }
        guard self.isReceiving else {
            self.visitLost(number)
            return true
        }
        self.send(.upgrade(visit), number, isFromVisitor: true, to: owner) { delivery in
            if delivery != .sent { self.visitLost(number) }
        }
        return true
    }

    /// The client has its WebSocket: what it says goes to the session from here on.
    ///
    /// To be called on the loop where the socket will be.
    func opened(
        _ number: UInt64,
        at owner: NodeAddress,
        _ connection: EngineHTTPHandler.TakenConnection,
        on loop: any EventLoop
    ) {
        let tunnel = Tunnel(
            eventLoop: loop,
            window: self.options.tunnelWindowBytes,
            send: { content in
                self.send(content, number, isFromVisitor: true, to: owner) { delivery in
                    if delivery != .sent { self.visitLost(number) }
                }
            },
            whenFinished: { self.withTable { _ = $0.removeVisit(number) } }
        )
        // It took too long, or the other process has gone.
        guard self.withTable({ $0.openVisit(number, tunnel) }) else { return connection.socket.close() }
        self.send(.opened(connection.deflate, connection.earlyBytes), number, isFromVisitor: true, to: owner) {
            delivery in
            if delivery != .sent { self.visitLost(number) }
        }
        tunnel.adopt(connection.socket)
    }

    /// The client that was to have a WebSocket has none.
    func fellThrough(_ number: UInt64) {
        guard let visit = self.withTable({ $0.removeVisit(number) }) else { return }
        self.send(.fellThrough, number, isFromVisitor: true, to: visit.owner) { _ in }
    }

    /// A client went away, before its answer or right behind it.
    func clientLeft(_ number: UInt64, _ visit: ForwardedVisit) {
        self.withTable { _ = $0.removeVisit(number) }
        guard let owner = visit.id.node else { return }
        self.send(.left(visit), number, isFromVisitor: true, to: owner) { _ in }
    }

    /// A message of a request or of a tunnel did not arrive.
    func visitLost(_ number: UInt64) {
        if let visit = self.withTable({ $0.removeVisit(number) }) { self.giveUp(visit, number) }
    }

    /// Ends what was removed from the table: as if there were no such session, so that its client begins anew.
    func giveUp(_ visit: ForwardingTable.Visit, _ number: UInt64) {
        switch visit.stage {
        case .request(let exchange, _):
            self.send(.left(visit.visit), number, isFromVisitor: true, to: visit.owner) { _ in }
            exchange.respond(.error(.unknownSession))
        case .upgrade(let decided):
            self.send(.fellThrough, number, isFromVisitor: true, to: visit.owner) { _ in }
            decided(.unknownSession)
        case .admitted:
            // The client has its answer, or is being given it; what it sends finds nobody.
            self.send(.fellThrough, number, isFromVisitor: true, to: visit.owner) { _ in }
        case .tunnel(let tunnel):
            tunnel.abort()
        }
    }

    /// A session's process answers, or its end of a tunnel speaks.
    func ownerSaid(_ message: ForwardedMessage) {
        let number = message.number
        switch message.content {
        case .answer(let answer):
            self.ownerAnswered(answer, number, message.sender)
        case .data, .taken, .ended:
            let visit = self.withTable { $0.visits[number] }
            guard let visit, visit.owner == message.sender, case .tunnel(let tunnel) = visit.stage else { return }
            tunnel.receive(message.content)
        case .poll, .post, .misfit, .upgrade, .opened, .fellThrough, .left, .release, .probe:
            break
        }
    }

    private func ownerAnswered(_ answer: ForwardedAnswer, _ number: UInt64, _ owner: NodeAddress) {
        typealias Decided = @Sendable (HandshakeError?) -> Void
        let (exchange, decided) = self.withTable { table -> (HTTPExchange?, Decided?) in
            // Legal: the request ended while its answer was on the way.
            guard let visit = table.visits[number], visit.owner == owner else { return (nil, nil) }
            switch visit.stage {
            case .request(let exchange, _):
                _ = table.removeVisit(number)
                return (exchange, nil)
            case .upgrade(let decided):
                if answer == .accepted { return (nil, table.admitVisit(number)) }
                _ = table.removeVisit(number)
                return (nil, decided)
            case .admitted, .tunnel:
                return (nil, nil)
            }
        }
        exchange?.respond(HTTPExchange.Answer(answer))
        decided?(answer.upgradeError)
    }
}

extension HTTPExchange.Answer {
    fileprivate init(_ answer: ForwardedAnswer) {
        switch answer {
        case .payload(let contentType, let body): self = .payload(body, contentType: contentType)
        case .ok: self = .ok
        case .badRequest, .accepted: self = .badRequest
        case .unknownSession: self = .error(.unknownSession)
        case .busy: self = .busy
        }
    }
}

extension ForwardedAnswer {
    /// What a client that asked for a WebSocket is told; nothing if it may have one.
    fileprivate var upgradeError: HandshakeError? {
        switch self {
        case .accepted: nil
        case .unknownSession: .unknownSession
        case .badRequest, .busy, .ok, .payload: .badRequest
        }
    }
}
