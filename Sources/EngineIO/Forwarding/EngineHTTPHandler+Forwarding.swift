// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import NIOHTTP1

// Requests whose session is in another process. All that needs no session is done here, as for any other.
extension EngineHTTPHandler {
    func forward(
        _ route: RequestRoute,
        of id: SessionID,
        to owner: NodeAddress,
        _ request: EngineRequest,
        _ context: ChannelHandlerContext
    ) throws(HandshakeError) {
        // Where no answer would arrive, as where it is lost: the client begins anew.
        guard let forwarding = self.server.forwarding, forwarding.isReceiving else { throw .unknownSession }
        let visit = ForwardedVisit(id: id, path: request.settings.path)
        let question: ForwardedContent
        var jsonp: JSONP.Index?
        switch route {
        case .handshake:
            throw .unknownSession
        case .upgrade:
            // It would end with this process, soon; by another one it lasts.
            guard !self.loop.isDraining else { throw .shuttingDown }
            return self.forwardUpgrade(request, visit, to: owner, forwarding, context)
        case .poll(_, let index):
            jsonp = index
            question = .poll(visit, wantsText: index != nil)
        case .post(_, let index):
            jsonp = index
            let body = index == nil ? request.body : try? JSONP.payload(ofPost: request.body)
            question = .post(visit, isBinary: request.isBinary, body: body)
        case .misfit:
            question = .misfit(visit)
        }
        try request.checkJSONP(jsonp)
        let exchange = self.makeExchange(request, id, jsonp, context, visitNumber: forwarding.makeNumber())
        if !forwarding.ask(question, visit, at: owner, for: exchange) { self.refuseForwarding(request, context) }
    }

    private func refuseForwarding(_ request: EngineRequest, _ context: ChannelHandlerContext) {
        self.loop.counters.hit(.forwardedRequests)
        self.write(.refusal(.serviceUnavailable), for: request, context: context)
    }

    private func forwardUpgrade(
        _ request: EngineRequest,
        _ visit: ForwardedVisit,
        to owner: NodeAddress,
        _ forwarding: SessionForwarding,
        _ context: ChannelHandlerContext
    ) {
        let number = forwarding.makeNumber()
        let here = self.loop
        let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
        let bringer = UpgradeBringer(
            fellThrough: { forwarding.fellThrough(number) },
            opened: { taken in forwarding.opened(number, at: owner, taken, on: here.eventLoop) }
        )
        self.state = .upgrading
        let isAsked = forwarding.askUpgrade(visit, at: owner, number) { error in
            here.run { handler.value.upgradeDecided(request, bringer, error: error) }
        }
        if !isAsked { self.refuseForwarding(request, context) }
    }
}
