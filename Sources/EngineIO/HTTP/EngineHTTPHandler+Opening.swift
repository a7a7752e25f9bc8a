// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import NIOHTTP1

// New sessions: the application is asked whether the client may have one, if it wants to be.
extension EngineHTTPHandler {
    func open(_ opening: SessionOpening, context: ChannelHandlerContext) throws(HandshakeError) {
        // Before the address is counted: balancers ask the next server at this answer, and at no other.
        guard !self.loop.isDraining else { throw .shuttingDown }
        try self.server.checkAddress(opening.handshake.address, of: self.loop)
        try self.server.checkCapacity(of: self.loop)
        if let gate = opening.request.settings.options.allowRequest {
            self.ask(gate, about: opening, context: context)
        } else {
            self.admit(opening, context: context)
        }
    }

    private func ask(_ gate: @escaping EngineRequestGate, about opening: SessionOpening, context: ChannelHandlerContext)
    {
        let limits = opening.request.settings.options.limits
        guard self.loop.pendingDecisions < limits.maximumPendingRequests else {
            self.loop.counters.hit(.pendingRequests)
            return self.write(.refusal(.serviceUnavailable), for: opening.request, context: context)
        }
        self.loop.pendingDecisions += 1
        self.deadline = self.loop.now + TimeAmount(limits.requestDeadline)
        let head = opening.request.publicHead
        let id = opening.id
        let loop = self.loop
        let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
        let task = Task {
            let decision = await gate(head)
            loop.eventLoop.execute {
                loop.pendingDecisions -= 1
                handler.value.decided(decision, about: id)
            }
        }
        self.state = .deciding(opening, task)
    }

    private func decided(_ decision: RequestDecision, about id: SessionID) {
        // Legal: the client went away, or the answer took too long.
        guard case .deciding(let opening, _) = self.state, opening.id == id, let context else { return }
        self.deadline = nil
        switch decision {
        case .refuse(let message):
            self.write(.forbidden(message, to: opening.request), for: opening.request, context: context)
            self.note(.forbidden, opening.request)
        case .allow:
            do throws(HandshakeError) {
                // Others may have been admitted meanwhile.
                try self.server.checkCapacity(of: self.loop)
                self.admit(opening, context: context)
            } catch {
                self.write(.error(error, to: opening.request), for: opening.request, context: context)
                self.note(error, opening.request)
            }
        }
    }

    private func admit(_ opening: SessionOpening, context: ChannelHandlerContext) {
        switch opening.handshake.transport {
        case .polling:
            let exchange = self.makeExchange(opening, context)
            self.loop.openPollingSession(opening, exchange: exchange)
        case .websocket:
            self.acceptWebSocket(opening, context: context)
        }
    }
}
