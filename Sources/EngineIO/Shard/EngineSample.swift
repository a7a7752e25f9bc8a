// Licensed under the MIT licence.

package import EngineIOCore
import NIOCore

/// How one shard is at a moment, for whoever watches over the server.
package struct EngineSample: Sendable {
    /// What has happened since the start.
    package var counters: EngineCounters
    /// The sessions that are open, or were told to end a moment ago.
    package var sessions: EngineSessionCounts
    /// Bytes that wait for peers to take them.
    package var queuedBytes: Int
}

extension EngineServer {
    /// Looks at a shard; call there.
    ///
    /// Costs a walk over the slots, which are contiguous; of sessions only those are touched that something may wait for.
    ///
    /// - Parameter shard: One of this server's.
    /// - Returns: What is there; nothing if the shard is another server's.
    package func sample(of shard: any EngineShard) -> EngineSample? {
        (shard as? LoopShard)?.sample()
    }
}

extension LoopShard {
    func sample() -> EngineSample {
        var sample = EngineSample(counters: self.counters, sessions: EngineSessionCounts(), queuedBytes: 0)
        for index in 0..<self.slots.highWaterMark {
            let slot = ConnectionSlot(index)
            let (way, form, hasBacklog) = (self.slots[slot].way, self.slots[slot].form, self.slots[slot].hasBacklog)
            switch way {
            case .none: continue
            case .queue: sample.sessions[.polling, form.revision] += 1
            case .direct, .channel: sample.sessions[.websocket, form.revision] += 1
            }
            guard way == .queue || hasBacklog, self.sessions.indices.contains(index),
                let session = self.sessions[index]
            else { continue }
            sample.queuedBytes += session.queuedBytes + session.backlogBytes
        }
        return sample
    }
}
