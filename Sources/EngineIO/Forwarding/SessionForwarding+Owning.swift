// Licensed under the MIT licence.

import EngineIOCore
import NIOCore

// The owner's side: sessions here, whose clients' requests arrive in other processes.
extension SessionForwarding {
    private typealias Guest = ForwardingTable.Guest
    private typealias GuestKey = ForwardingTable.GuestKey

    /// Another process brings a request to a session here, or its end of a tunnel speaks.
    func visitorSaid(_ message: ForwardedMessage) {
        let key = GuestKey(visitor: message.sender, number: message.number)
        switch message.content {
        case .poll(let visit, let wantsText):
            self.take(key, visit, isPoll: true, wantsText: wantsText) { $0.pollReceived($1) }
        case .post(let visit, let isBinary, let body):
            self.take(key, visit) { session, exchange in
                session.postBegan(exchange)
                session.postReceived(exchange, body: body, isBinary: isBinary)
            }
        case .misfit(let visit):
            self.take(key, visit) { $1.respond(.badRequest) }
        case .upgrade(let visit):
            self.takeUpgrade(key, visit)
        case .opened(let deflate, let early):
            self.open(key, deflate, early)
        case .fellThrough:
            if let guest = self.withTable({ $0.removeGuest(key) }) { self.giveUp(guest) }
        case .left(let visit):
            self.left(key, visit)
        case .release:
            guard let guest = self.withTable({ $0.guests[key] }), case .request(let exchange) = guest.stage else {
                return
            }
            guest.home.run { guest.home.sessionsByID[guest.id]?.pollReleased(exchange) }
        case .data, .taken, .ended:
            guard case .tunnel(let tunnel)? = self.withTable({ $0.guests[key] })?.stage else { return }
            tunnel.receive(message.content)
        case .answer, .probe:
            break
        }
    }

    /// Does with a session what a request asks for, as if that had arrived here.
    private func take(
        _ key: GuestKey,
        _ visit: ForwardedVisit,
        isPoll: Bool = false,
        wantsText: Bool = false,
        _ body: @escaping @Sendable (Session, HTTPExchange) -> Void
    ) {
        guard let home = self.shard(of: visit.id), let settings = self.settings(ofPath: visit.path) else {
            return self.reply(.unknownSession, to: key)
        }
        let id = visit.id
        let exchange = HTTPExchange(visitorWantingText: wantsText) { answer in
            self.answered(key, ForwardedAnswer(answer), home, id)
        }
        let deadline = self.guestDeadline(isPoll: isPoll, path: visit.path)
        let guest = Guest(home: home, id: id, deadline: deadline, stage: .request(exchange))
        guard self.withTable({ $0.add(guest, key) }) else { return self.reply(.busy, to: key) }
        home.run {
            if let session = home.session(id, of: settings) {
                body(session, exchange)
            } else {
                exchange.respond(.error(.unknownSession))
            }
        }
    }

    /// The session has answered; only the first answer counts.
    private func answered(_ key: GuestKey, _ answer: ForwardedAnswer, _ home: LoopShard, _ id: SessionID) {
        let isPayload = if case .payload = answer { true } else { false }
        guard self.withTable({ $0.removeGuest(key) }) != nil else {
            if isPayload { Self.answerLost(home, id) }
            return
        }
        self.reply(answer, to: key) { delivery in
            if isPayload, delivery != .sent { Self.answerLost(home, id) }
        }
    }

    /// Nobody knows what was in an answer that has not arrived, so the session ends.
    private static func answerLost(_ home: LoopShard, _ id: SessionID) {
        home.run { home.sessionsByID[id]?.pollAnswerLost() }
    }

    private func reply(
        _ answer: ForwardedAnswer,
        to key: GuestKey,
        completion: @escaping @Sendable (EngineNodeDelivery) -> Void = { _ in }
    ) {
        self.send(.answer(answer), key.number, isFromVisitor: false, to: key.visitor, completion: completion)
    }

    // MARK: WebSocket

    private func takeUpgrade(_ key: GuestKey, _ visit: ForwardedVisit) {
        guard let home = self.shard(of: visit.id), let settings = self.settings(ofPath: visit.path) else {
            return self.reply(.unknownSession, to: key)
        }
        let id = visit.id
        let deadline = self.guestDeadline(isPoll: false, path: visit.path)
        let guest = Guest(home: home, id: id, deadline: deadline, stage: .upgrade)
        guard self.withTable({ $0.add(guest, key) }) else { return self.reply(.busy, to: key) }
        home.run {
            let answer: ForwardedAnswer =
                if let session = home.session(id, of: settings), session.isOpen {
                    session.upgradeRequested() ? .accepted : .badRequest
                } else {
                    .unknownSession
                }
            if answer != .accepted { self.withTable { _ = $0.removeGuest(key) } }
            self.reply(answer, to: key) { delivery in
                guard answer == .accepted, delivery != .sent else { return }
                if let guest = self.withTable({ $0.removeGuest(key) }) { self.giveUp(guest) }
            }
        }
    }

    /// The client has its WebSocket: one of two sockets that are connected to each other becomes the session's, as if it were the client's.
    private func open(_ key: GuestKey, _ deflate: DeflateAgreement?, _ early: ByteBuffer) {
        guard let guest = self.withTable({ $0.guests[key] }) else {
            // It took too long.
            return self.send(.ended, key.number, isFromVisitor: false, to: key.visitor) { _ in }
        }
        let (home, id) = (guest.home, guest.id)
        let tunnel = Tunnel(
            eventLoop: home.eventLoop,
            window: self.options.tunnelWindowBytes,
            send: { content in
                self.send(content, key.number, isFromVisitor: false, to: key.visitor) { delivery in
                    guard delivery != .sent else { return }
                    if let guest = self.withTable({ $0.removeGuest(key) }) { self.giveUp(guest) }
                }
            },
            whenFinished: { self.withTable { _ = $0.removeGuest(key) } }
        )
        guard self.withTable({ $0.openGuest(key, tunnel) }) else { return }
        home.run {
            guard let (ours, theirs) = OwnedDescriptor.pair() else {
                home.sessionsByID[id]?.upgradeFellThrough()
                return tunnel.adopt(nil)
            }
            home.openUpgradingWebSocket(
                id,
                connection: .init(socket: .descriptor(ours), earlyBytes: early, deflate: deflate)
            )
            tunnel.adopt(.descriptor(theirs))
        }
    }

    // MARK: Ends

    private func left(_ key: GuestKey, _ visit: ForwardedVisit) {
        if let guest = self.withTable({ $0.removeGuest(key) }) { return self.giveUp(guest) }
        // The answer is on its way, but its client is not there any more.
        guard let home = self.shard(of: visit.id), let settings = self.settings(ofPath: visit.path) else { return }
        home.run { home.session(visit.id, of: settings)?.pollAnswerLost() }
    }

    /// Ends what was removed from the table, as if the client had gone away.
    func giveUp(_ guest: ForwardingTable.Guest) {
        let (home, id) = (guest.home, guest.id)
        switch guest.stage {
        case .request(let exchange): home.run { home.sessionsByID[id]?.requestAborted(exchange) }
        case .upgrade: home.run { home.sessionsByID[id]?.upgradeFellThrough() }
        case .tunnel(let tunnel): tunnel.abort()
        }
    }
}

extension ForwardedAnswer {
    fileprivate init(_ answer: HTTPExchange.Answer) {
        switch answer {
        case .payload(let body, let contentType): self = .payload(contentType: contentType, body)
        case .ok: self = .ok
        case .error(.unknownSession): self = .unknownSession
        case .badRequest, .error: self = .badRequest
        case .busy: self = .busy
        }
    }
}
