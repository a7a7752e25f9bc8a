// Licensed under the MIT licence.

import EngineIOCore
import NIOCore

/// Compresses HTTP bodies, one at a time, with streams that are used again.
///
/// Confined to its shard.
final class ContentDeflater {
    private final class Stream {
        let coding: ContentCoding
        let level: Int
        var deflater: Deflater?

        init(_ coding: ContentCoding, _ level: Int) {
            self.coding = coding
            self.level = level
            let format: Deflater.Format = coding == .gzip ? .gzip : .zlib
            self.deflater = Deflater(format, level: level, memoryLevel: 8)
        }
    }

    /// One for each coding and level of the server's mounts.
    private var streams: [Stream] = []

    /// The compressed body; `nil` if it does not shrink, or there is no memory for it.
    func compress(_ body: ByteBuffer, _ coding: ContentCoding, level: Int) -> ByteBuffer? {
        let stream: Stream
        if let existing = self.streams.first(where: { $0.coding == coding && $0.level == level }) {
            stream = existing
        } else {
            stream = Stream(coding, level)
            self.streams.append(stream)
        }
        var compressed = ByteBuffer()
        guard stream.deflater?.appendStream(body, to: &compressed) == true else { return nil }
        return compressed.readableBytes < body.readableBytes ? compressed : nil
    }
}
