// Licensed under the MIT licence.

import EngineIOCore
import NIOCore

/// How messages to a group of connections are compressed; connections of one profile without context share the bytes.
struct DeflateProfile: Hashable, Sendable {
    var windowBits: Int
    var keepsContext: Bool
    var thresholdBytes: Int
    var level: Int
    var memoryLevel: Int

    init(_ agreement: DeflateAgreement, _ options: PerMessageDeflate) {
        self.windowBits = agreement.serverWindowBits
        self.keepsContext = !agreement.serverNoContextTakeover
        // An empty message has no compressed form that a flush would make.
        self.thresholdBytes = max(1, options.thresholdBytes)
        self.level = options.level
        self.memoryLevel = options.memoryLevel
    }

    /// Whether any frame of a message is to be compressed.
    func compresses(_ message: EngineMessage) -> Bool {
        if let text = message.text, text.readableBytes + 1 >= self.thresholdBytes { return true }
        return message.attachments.contains { $0.readableBytes + 1 >= self.thresholdBytes }
    }
}

/// Compresses the messages of one profile: for one connection if its context is kept, otherwise for all of a shard.
///
/// Confined to its shard.
final class MessageDeflater {
    let profile: DeflateProfile
    /// Made for the first message that is compressed.
    private var deflater: Deflater?
    private var isBroken = false

    init(_ profile: DeflateProfile) {
        self.profile = profile
    }

    /// The compressed form of a frame's payload, or `nil` if it goes as it is.
    ///
    /// `scratch`: storage that is used again.
    func compress(_ type: UInt8?, _ data: ByteBuffer, into scratch: inout ByteBuffer) -> ByteBuffer? {
        let byteCount = data.readableBytes + (type == nil ? 0 : 1)
        guard byteCount >= self.profile.thresholdBytes, !self.isBroken else { return nil }
        if self.deflater == nil {
            self.deflater = Deflater(
                .raw(windowBits: self.profile.windowBits),
                level: self.profile.level,
                memoryLevel: self.profile.memoryLevel
            )
        } else if !self.profile.keepsContext {
            self.deflater?.reset()
        }
        scratch.clear()
        guard self.deflater?.appendMessage(type, data, to: &scratch) == true else {
            // Out of memory, or a context that both sides no longer share: nothing is compressed from here on, which is always allowed.
            self.isBroken = true
            self.deflater = nil
            return nil
        }
        // What does not shrink goes as it is, unless the receiver's context has to follow.
        return self.profile.keepsContext || scratch.readableBytes < byteCount ? scratch : nil
    }
}
