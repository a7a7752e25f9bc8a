// Licensed under the MIT licence.

import NIOCore

/// Takes a client's compressed messages apart (RFC 7692 §7.2.2).
///
/// One per connection where the client keeps its context from message to message; one for all others of a shard. Confined to
/// its shard.
final class MessageInflater {
    private let windowBits: Int
    private let keepsContext: Bool
    /// Made for the first compressed message: many connections never send one.
    private var inflater: Inflater?

    init(windowBits: Int, keepsContext: Bool) {
        self.windowBits = windowBits
        self.keepsContext = keepsContext
    }

    /// How often zlib was called.
    var callCount: Int { self.inflater?.callCount ?? 0 }

    func inflate(_ message: ByteBuffer, maximumBytes: Int) throws(WebSocketFrameReader.Violation) -> ByteBuffer {
        if self.inflater == nil {
            self.inflater = Inflater(windowBits: self.windowBits)
        } else if !self.keepsContext {
            self.inflater?.reset()
        }
        let inflated: ByteBuffer?
        do throws(Inflater.Failure) {
            inflated = try self.inflater?.inflate(message, maximumBytes: maximumBytes)
        } catch {
            throw error == .tooLarge ? .inflatedTooBig : .invalidDeflate
        }
        // Without memory for it the connection cannot go on.
        guard let inflated else { throw .internalError }
        return inflated
    }
}
