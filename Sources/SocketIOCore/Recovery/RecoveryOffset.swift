// Licensed under the MIT licence.

public import NIOCore

/// How far a client has come in a namespace's log of events: on the wire the last argument of an event, such as `"k3x9a.1f"`.
///
/// To clients it is any string: they keep the last one they got and send it back with the next CONNECT (`emitEvent` of
/// socket.io-client 4.8.1, `socket.ts`).
public struct RecoveryOffset: Sendable, Hashable {
    /// Which log: a random number of its own, so that the offsets of a log that is gone mean nothing to the next.
    public let epoch: UInt32
    /// Which event: 1 is the log's first, 0 stands before it.
    public let position: UInt64

    /// Creates an offset.
    public init(epoch: UInt32, position: UInt64) {
        self.epoch = epoch
        self.position = position
    }

    /// Reads what ``encoded`` writes; anything else is `nil`.
    public init?(_ text: String) {
        // Seven digits of base 36 hold 32 bits, thirteen 64.
        guard text.utf8.count <= 21 else { return nil }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let epoch = UInt32(parts[0], radix: 36), let position = UInt64(parts[1], radix: 36)
        else { return nil }
        self.init(epoch: epoch, position: position)
        // `UInt64.init` is more lenient than we are: signs, capitals, leading zeros.
        guard self.encoded == text else { return nil }
    }

    /// Epoch and position in base 36, joined by a point.
    public var encoded: String {
        "\(String(self.epoch, radix: 36)).\(String(self.position, radix: 36))"
    }

    /// The arguments of an event with this offset behind them.
    ///
    /// `arguments`: JSON values joined by commas, empty for none.
    public func appended(to arguments: ByteBuffer) -> ByteBuffer {
        let encoded = self.encoded
        var extended = ByteBufferAllocator().buffer(capacity: arguments.readableBytes + encoded.utf8.count + 3)
        if arguments.readableBytes > 0 {
            extended.writeImmutableBuffer(arguments)
            extended.writeInteger(UInt8(ascii: ","))
        }
        extended.writeInteger(UInt8(ascii: "\""))
        extended.writeString(encoded)
        extended.writeInteger(UInt8(ascii: "\""))
        return extended
    }

    /// Whether a client would take the end of an event for an offset: its last argument is a string, or it has no arguments, since
    /// then its name is what comes last.
    ///
    /// Such an event must carry an offset, if only the one that the client has already. (An event that asks for an acknowledgement
    /// need not: clients put a function behind its arguments.)
    public static func isTaken(fromEndOf arguments: ByteBuffer) -> Bool {
        for byte in arguments.readableBytesView.reversed() {
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"): continue
            case UInt8(ascii: "\""): return true
            default: return false
            }
        }
        return true
    }
}
