// Licensed under the MIT licence.

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// The first bytes of a database file, read before SQLite is let near it: opening a database may write to it (a journal
/// that is rolled back, say), and what is not ours is not to be touched.
///
/// SQLite's file format, "The Database Header".
struct DatabaseHeader {
    private static let size = 100
    private static let magic = Array("SQLite format 3\0".utf8)

    let isDatabase: Bool
    /// What the application calls its version.
    let userVersion: Int
    /// Whose database it is.
    let applicationID: Int

    /// Reads the header; nil if there is no file, or nothing in it.
    init?(of path: String) throws(StoreOpeningError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw .unreadable(path: path, reason: String(cString: strerror(errno)))
        }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: Self.size)
        let count = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
        guard count >= 0 else { throw .unreadable(path: path, reason: String(cString: strerror(errno))) }
        if count == 0 { return nil }
        self.isDatabase = count == Self.size && bytes.starts(with: Self.magic)
        func number(at offset: Int) -> Int {
            Int(Int32(truncatingIfNeeded: bytes[offset..<(offset + 4)].reduce(0) { $0 << 8 | Int64($1) }))
        }
        self.userVersion = number(at: 60)
        self.applicationID = number(at: 68)
    }
}
