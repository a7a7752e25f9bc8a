// Licensed under the MIT licence.

import SocketIOCore

extension ClusterAdapter {
    /// Acts on a message of another node.
    ///
    /// Call on the home shard.
    func received(_ message: ClusterMessage, from node: NodeID) {
        switch message {
        case .broadcast(let event, let target):
            self.local.deliver(self.localised(event), to: target)
        case .ask(let id, let event, let target, let timeout):
            self.local.deliver(
                self.localised(event),
                to: target,
                answersWithin: timeout,
                asked: { self.answer(.asked(id, count: $0), to: node) },
                // Who asked counts what does not come.
                answered: { if let reply = $0 { self.answer(.answer(id, reply), to: node) } }
            )
        case .asked(let id, let count):
            self.change(id) { $0.announced($1, from: node, count: count) }
        case .answer(let id, let reply):
            self.change(id) { $0.answered($1, from: node, .reply(reply)) }
        case .join(let rooms, let target):
            self.local.join(rooms, target)
        case .leave(let rooms, let target):
            self.local.leave(rooms, target)
        case .disconnect(let target, let closing):
            self.local.disconnect(target, closing: closing)
        case .describe(let id, let target):
            self.local.describe(target) { self.answer(.sockets(id, $0), to: node) }
        case .sockets(let id, let sockets):
            self.change(id) { $0.answered($1, from: node, .sockets(sockets)) }
        case .serverSide(let event, let id):
            let answer = id.map { id -> @Sendable (AckReply) -> Void in { self.answer(.answer(id, $0), to: node) } }
            self.local.serverSideEventReceived(event, answer: answer)
        }
    }

    /// The event as this server's clients read it: other nodes may not know how.
    private func localised(_ event: BroadcastEvent) -> BroadcastEvent {
        guard event.parser != self.local.parser else { return event }
        return BroadcastEvent(
            namespace: event.namespace,
            name: event.name,
            arguments: event.arguments,
            attachments: event.attachments,
            parser: self.local.parser
        )
    }

    /// What another node says about a request.
    private func change(
        _ id: ClusterRequestID,
        _ body: (inout Requests, Requests.Number) -> Requests.Finished?
    ) {
        guard let number = id.number else { return }
        self.change { body(&$0, number) }
    }

    private func answer(_ message: ClusterMessage, to node: NodeID) {
        self.bus.send(message, in: self.namespace, to: node)
    }
}
