// Licensed under the MIT licence.

import EngineIOCore
import NIOCore

// Messages to connections that agreed on compression. Off the path of all others.
extension LoopShard {
    /// Past so many bytes in a turn, connections with contexts of their own are sent the common form: each copy is theirs
    /// alone, and a large audience would fill the arena.
    private static let maximumArenaBytesForContexts = 64 * 1024 * 1024

    /// The frames of a message for a connection that agreed on compression.
    @inline(never)
    func compressedRange(of frames: inout MessageFrames, _ form: WireForm, for slot: ConnectionSlot) -> ArenaRange {
        let shared = self.compression.deflaters[form.profile]
        let message = frames.message
        guard shared.profile.compresses(message), self.arena.hasRoom(for: message) else {
            return frames.range(for: form.revision, in: &self.arena)
        }
        guard !shared.profile.keepsContext else {
            guard self.arena.count < Self.maximumArenaBytesForContexts,
                let deflater = self.sessions[Int(slot)]?.deflater
            else {
                return frames.range(for: form.revision, in: &self.arena)
            }
            return self.appendCompressed(message, form.revision, deflater)
        }
        // Text frames are the same for both revisions; binary ones are not.
        let form = message.attachments.isEmpty ? WireForm(.v4, profile: form.profile) : form
        if let range = frames.compressedRange(for: form) { return range }
        let range = self.appendCompressed(message, form.revision, shared)
        frames.note(range, for: form)
        return range
    }

    private func appendCompressed(
        _ message: EngineMessage,
        _ revision: ProtocolRevision,
        _ deflater: MessageDeflater
    ) -> ArenaRange {
        let start = UInt32(truncatingIfNeeded: self.arena.count)
        if let text = message.text { self.appendFrame(.text, UInt8(ascii: "4"), text, deflater) }
        for attachment in message.attachments {
            self.appendFrame(.binary, revision.binaryMessageType, attachment, deflater)
        }
        return ArenaRange(start: start, end: UInt32(truncatingIfNeeded: self.arena.count))
    }

    private func appendFrame(
        _ opcode: ByteArena.FrameOpcode,
        _ type: UInt8?,
        _ data: ByteBuffer,
        _ deflater: MessageDeflater
    ) {
        self.compression.withScratch { scratch in
            if let compressed = deflater.compress(type, data, into: &scratch) {
                self.arena.appendFrameHeader(opcode, length: compressed.readableBytes, isCompressed: true)
                self.arena.append(compressed)
            } else {
                self.arena.appendFrame(opcode, type, data)
            }
        }
    }
}
