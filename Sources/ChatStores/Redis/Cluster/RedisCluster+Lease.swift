// Licensed under the MIT licence.

import Chat
import NIOCore
import RedisNIO

extension RedisCluster {
    /// Renews the lease, or takes one.
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
            ]
        )
        self.client.send(command, within: self.options.leaseDuration / 3) { result in
            self.isRenewing = false
            guard !self.isClosed, name == self.lease.name else { return }
            if case .failure(let error) = result { self.noteLeaseRefusal(error) }
            guard case .success(let reply) = result, let fields = reply.elements, let held = fields.first?.number else {
                return
            }
            guard held == 1 else { return self.rename() }
            self.lease.granted(asked: asked)
            self.hasToldOfLeaseRefusal = false
            if isNew {
                // What a lease was lost with, or what was lost until there is the next one, may be more.
                for channel in self.followed.keys { self.doubt(channel) }
                self.announceUnfinished()
            }
            let expired = fields.dropFirst().compactMap { $0.text.map(NodeName.init) }
            for node in Set(expired).union(self.lostNames) {
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

    /// To be called every moment: three times in the life of a lease it is renewed.
    func renewIfDue(now: NIODeadline) {
        guard let renewed = self.lease.renewed else { return self.renew() }
        if !self.lease.isHeld(now: now) {
            self.rename()
        } else if now - renewed >= self.lease.renewalInterval {
            self.renew()
        }
    }
}
