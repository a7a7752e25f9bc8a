// Licensed under the MIT licence.

import Chat
import NIOCore
import RedisNIO

extension RedisCluster {
    /// Renews the lease, or takes one, and gives up nodes that were without one the last time as well; to be called every moment.
    func renew() {
        guard !self.isRenewing else { return }
        self.isRenewing = true
        let asked = self.client.eventLoop.now
        let name = self.lease.name
        let isNew = self.lease.renewed == nil
        let command = RedisCommand(
            Self.renewScript,
            keys: [self.keys.nodes],
            arguments: [
                .text(name.string), .number(Int(self.lease.duration.nanoseconds / 1_000_000)),
                isNew ? "new" : "",
            ] + self.nodesToGiveUp(now: asked).map { .text($0.string) }
        )
        self.client.send(command, within: self.options.nodeTimeToLive / 4) { result in
            self.isRenewing = false
            self.endedLeases = []
            guard !self.isClosed, name == self.lease.name else { return }
            guard case .success(let reply) = result, let fields = reply.elements, fields.count >= 2,
                let held = fields[0].number, let count = fields[1].number
            else {
                self.lease.doubtOthers(now: self.client.eventLoop.now)
                if case .failure(let error) = result { self.noteLeaseRefusal(error) }
                return
            }
            guard held == 1 else { return self.rename() }
            let hadEnded = !self.lease.isHeld(now: self.client.eventLoop.now)
            self.lease.granted(asked: asked)
            self.hasToldOfLeaseRefusal = false
            if hadEnded {
                self.lease.doubtOthers(now: self.client.eventLoop.now)
                // What a lease was lost with, or what was lost until there is the next one, may be more.
                for channel in self.followed.keys { self.doubt(channel) }
                self.announceUnfinished()
            }
            let nodes = fields.dropFirst(2).compactMap { $0.text.map(NodeName.init) }
            self.endedLeases = Set(nodes.dropFirst(max(count, 0)))
            for node in Set(nodes.prefix(max(count, 0))).union(self.lostNames) {
                // While they are being looked at, what was noted anew would stay behind.
                if !self.reaping.contains(node) { self.noteLostPlaces(of: node) }
                self.reap(node) {}
            }
        }
    }

    private func noteLeaseRefusal(_ error: RedisError) {
        guard let code = error.serverCode, !self.hasToldOfLeaseRefusal else { return }
        self.hasToldOfLeaseRefusal = true
        self.options.onLeaseRefusal?(code)
    }

    /// Nodes whose leases had ended the last time already; none while others may only not have come back yet.
    private func nodesToGiveUp(now: NIODeadline) -> Set<NodeName> {
        self.client.isReady && self.lease.trustsOthersToBeGone(now: now) ? self.endedLeases : []
    }
}
