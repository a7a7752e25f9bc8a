// Licensed under the MIT licence.

package import EngineIOCore
package import SocketIOCore
import Synchronization

/// What the inspection of a running server needs beyond the public interface.
extension Server {
    /// Changes the handlers of every namespace that is there, and of each one that is made later, before its first client.
    ///
    /// The change is called with locks held: it must not ask the server for anything.
    package func instrumentNamespaces(_ change: @escaping @Sendable (_ name: String, inout HandlerTable) -> Void) {
        let namespaces = self.registry.withLock { registry in
            registry.instrumentations.append(change)
            return registry.all
        }
        for namespace in namespaces {
            let name = namespace.name
            namespace.update { change(name, &$0) }
        }
    }

    /// Counts connections and traffic from now on; connections that are there already are left out.
    ///
    /// - Returns: The censuses, one for each shard, in their order.
    package func beginCensus() -> [ConnectionCensus] {
        let censuses = self.censuses.withLock { censuses in
            if censuses.isEmpty { censuses = self.shards.map { _ in ConnectionCensus() } }
            return censuses
        }
        for namespace in self.namespaces { namespace.takePart(in: censuses) }
        return censuses
    }

    func census(on shard: any EngineShard) -> ConnectionCensus? {
        self.censuses.withLock { $0.isEmpty ? nil : $0[shard.index] }
    }
}

extension Namespace {
    /// Counts traffic from now on; does nothing if there are no censuses.
    func takePart(in censuses: [ConnectionCensus]) {
        guard !censuses.isEmpty else { return }
        for part in self.shards { part.shard.run { part.census = censuses[part.shard.index] } }
    }

    /// How many sockets are in it on one shard.
    ///
    /// Call there.
    package func socketCount(on shard: any EngineShard) -> Int { self.part(on: shard).rooms.slotCount }
}

extension Socket {
    /// Tells which sockets share a connection, without telling anything of the session's id, which is a credential.
    ///
    /// Call on the socket's shard.
    package var clientID: String {
        // Keyed with a random number of this process, so nobody can find out what was hashed.
        var hasher = Hasher()
        hasher.combine(self.client.connection.sessionID)
        return UInt64(bitPattern: Int64(hasher.finalize())).hexadecimalDigits
    }

    /// The socket as it is now.
    ///
    /// Call on its shard.
    package func described() -> SocketDescription { self.part.describe(self) }
}

extension UInt64 {
    /// All sixteen digits, in lower case.
    package var hexadecimalDigits: String {
        let digits = String(self, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}
