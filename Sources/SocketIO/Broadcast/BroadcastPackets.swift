// Licensed under the MIT licence.

package import EngineIOCore
import NIOCore
package import SocketIOCore
import Synchronization

/// The packets of one broadcast in a namespace with recovery, each encoded when the first shard needs it, and once.
///
/// Most namespaces have sockets of one kind only, and one without sockets needs no packet at all.
package final class BroadcastPackets: Sendable {
    private struct Encoded {
        var plain: EngineMessage?
        var recoverable: EngineMessage?
    }

    private let event: BroadcastEvent
    /// The arguments with an offset behind them; `nil` if they have none.
    private let arguments: ByteBuffer?
    // A lock, since the shards share the result; one that needs a packet while another encodes it waits for just that.
    private let encoded = Mutex(Encoded())

    /// Encodes nothing yet.
    ///
    /// - Parameters:
    ///   - event: What to send.
    ///   - offset: Its place in the log; `nil` if it has none.
    ///   - current: The offset that all have reached; `nil` if nobody can come back.
    package init(_ event: BroadcastEvent, _ offset: RecoveryOffset?, _ current: RecoveryOffset?) {
        self.event = event
        self.arguments = Sequencer.arguments(event.arguments, offset, current)
    }

    /// Whether all sockets get the same.
    package var areAlike: Bool { self.arguments == nil }

    /// How many packets were encoded so far.
    package var encodedCount: Int {
        self.encoded.withLock { ($0.plain == nil ? 0 : 1) + ($0.recoverable == nil ? 0 : 1) }
    }

    /// For sockets that cannot come back.
    package var plain: EngineMessage {
        self.encoded.withLock { encoded in
            if let plain = encoded.plain { return plain }
            let plain = self.event.message()
            encoded.plain = plain
            return plain
        }
    }

    /// For sockets that can.
    package var recoverable: EngineMessage {
        guard let arguments else { return self.plain }
        return self.encoded.withLock { encoded in
            if let recoverable = encoded.recoverable { return recoverable }
            let recoverable = self.event.message(arguments: arguments)
            encoded.recoverable = recoverable
            return recoverable
        }
    }
}
