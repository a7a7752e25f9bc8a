// Licensed under the MIT licence.

import Chat
import NIOCore

/// A file that a room is exported to, which may hold the beginning of it from an earlier time.
///
/// A last line without an end was cut off, by a full disk or a lost machine, and is written anew.
struct ExportFile {
    private static let chunkBytes = 1 << 18

    let file: TransferFile
    /// The greatest `seq` that the file has; nil if it is empty.
    let last: Int?

    /// - Throws: If the file cannot be used, or holds anything else than messages of the room.
    init(_ path: String, room: RoomID) throws(StartError) {
        self.file = try .appending(path)
        guard let size = self.file.size, size > 0 else {
            // New, or a pipe or a device: there is nothing to go on from.
            self.last = nil
            return
        }
        let end = try Self.lastBreak(self.file, before: size).map { $0 + 1 } ?? 0
        guard end > 0 else {
            let beginning = try self.file.read(min(size, MessageLine.beginning.count), at: 0)
            guard MessageLine.beginning.starts(with: beginning) else {
                throw StartError("\(self.file.name) is there and holds no messages; name another file.")
            }
            try self.file.truncate(to: 0)
            self.last = nil
            return
        }
        let start = try Self.lastBreak(self.file, before: end - 1).map { $0 + 1 } ?? 0
        guard end - start <= MessageLine.maximumBytes,
            let place = try? MessageLine.place(ByteBuffer(bytes: try self.file.read(end - 1 - start, at: start)))
        else {
            throw StartError("\(self.file.name) is there and does not end in a message; name another file.")
        }
        guard place.room == room else {
            throw StartError("\(self.file.name) has messages of another room; name another file.")
        }
        try self.file.truncate(to: end)
        self.last = place.seq
    }

    /// Where the last line break before a place is.
    private static func lastBreak(_ file: TransferFile, before end: Int) throws(StartError) -> Int? {
        var end = end
        while end > 0 {
            let start = max(0, end - self.chunkBytes)
            let chunk = try file.read(end - start, at: start)
            if let index = chunk.lastIndex(of: UInt8(ascii: "\n")) { return start + index }
            end = start
        }
        return nil
    }
}
