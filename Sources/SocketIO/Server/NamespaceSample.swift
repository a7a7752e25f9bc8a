// Licensed under the MIT licence.

package import EngineIOCore

/// How the namespaces are on one shard at a moment, for whoever watches over the server.
package struct NamespaceSample: Sendable {
    /// How many sockets there are.
    package var socketCount = 0
    /// How many receivers broadcasts had.
    package var fanOut = FanOut()
    /// What became of clients that came back, counted where each namespace is at home.
    package var recovery = RecoveryCounts()
}

extension Server {
    /// Looks at a shard; call there.
    ///
    /// - Parameter shard: One of this server's.
    /// - Returns: What is there, of all namespaces together.
    package func sample(of shard: any EngineShard) -> NamespaceSample {
        var sample = NamespaceSample()
        for namespace in self.namespaces {
            let part = namespace.part(on: shard)
            sample.socketCount += part.rooms.slotCount
            sample.fanOut.add(part.fanOut)
            if let sequencer = namespace.sequencer, sequencer.shard === shard {
                sample.recovery.add(sequencer.recoveryCounts)
            }
        }
        return sample
    }
}
