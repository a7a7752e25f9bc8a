// Licensed under the MIT licence.

import GRDBSQLite
import Synchronization

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// The directory that a store keeps its files in, held for this process alone until it is released.
final class DataDirectory: Sendable {
    private let path: String
    /// The open file that the lock is on.
    private let lock: Mutex<CInt?>

    /// Where the database of a directory is.
    static func database(in directory: String) -> String { directory + "/martlet.sqlite" }

    /// Whether there is something in the write-ahead log of a database, as after a kill.
    ///
    /// It is beside the file that a link leads to.
    static func hasLog(of database: String) -> Bool {
        let file = realpath(database, nil)
        defer { free(file) }
        var status = stat()
        return stat((file.map { String(cString: $0) } ?? database) + "-wal", &status) == 0 && status.st_size > 0
    }

    /// Makes the directory if it is not there (for its owner alone), and takes hold of it.
    init(_ path: String) throws(StoreOpeningError) {
        self.path = path
        try Self.make(path)
        let file = path + "/martlet.lock"
        let descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .directory(path: path, reason: Self.reason()) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let isTaken = errno == EWOULDBLOCK
            let reason = Self.reason()
            close(descriptor)
            throw isTaken ? .inUse(path: path) : .directory(path: path, reason: reason)
        }
        self.lock = Mutex(descriptor)
    }

    deinit { self.release() }

    /// Lets others have the directory.
    ///
    /// The lock's file stays: whoever removed it could not know whether somebody waits for it.
    func release() {
        self.lock.withLock { descriptor in
            if let descriptor { close(descriptor) }
            descriptor = nil
        }
    }

    /// Why the file system takes no more writes; nil if it does.
    ///
    /// Writes nothing. When Linux takes an ext4 out of service, a `fsync` that is under way may succeed although what it waited for was
    /// given up; whoever asks behind it is told, unless the kernel is still writing its error down.
    var writeRefusal: SQLiteFailure? {
        self.lock.withLock { descriptor in
            guard let descriptor, pwrite(descriptor, "", 0, 0) != 0, errno != EINTR else { return nil }
            return SQLiteFailure(code: errno == EROFS ? SQLITE_READONLY : SQLITE_IOERR, message: Self.reason())
        }
    }

    /// Makes the database's file, empty, if it is not there: SQLite would let everybody read it who may enter the directory.
    ///
    /// An empty file that is there becomes the owner's alone. One that is elsewhere and only linked to is not touched.
    func makeDatabase() throws(StoreOpeningError) {
        let path = Self.database(in: self.path)
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            if errno == ELOOP { throw .unreadable(path: path, reason: "it is a symbolic link to no database") }
            throw .directory(path: self.path, reason: Self.reason())
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .directory(path: self.path, reason: Self.reason()) }
        // If it fails, the file is somebody else's, who may read it in any case, or the file system knows no modes.
        if status.st_mode & 0o177 != 0 { _ = fchmod(descriptor, 0o600) }
    }

    /// Finds out whether there is such a directory, or could be, without making it.
    static func check(_ path: String) throws(StoreOpeningError) {
        guard try !self.isThere(path) else { return }
        // Whatever of those above it is there has to take it in.
        for end in path.indices.reversed() where path[end] == "/" {
            let parent = end == path.startIndex ? "/" : String(path[..<end])
            if access(parent, F_OK) == 0 { return try self.checkIsOpen(parent, of: path) }
        }
        try self.checkIsOpen(".", of: path)
    }

    private static func checkIsOpen(_ parent: String, of path: String) throws(StoreOpeningError) {
        guard access(parent, W_OK | X_OK) == 0 else { throw .directory(path: path, reason: Self.reason()) }
    }

    /// - Throws: If it is there and of no use.
    private static func isThere(_ path: String) throws(StoreOpeningError) -> Bool {
        var status = stat()
        guard stat(path, &status) == 0 else {
            guard errno == ENOENT else { throw .directory(path: path, reason: Self.reason()) }
            return false
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw .directory(path: path, reason: String(cString: strerror(ENOTDIR)))
        }
        guard access(path, R_OK | W_OK | X_OK) == 0 else { throw .directory(path: path, reason: Self.reason()) }
        return true
    }

    private static func make(_ path: String) throws(StoreOpeningError) {
        guard try !self.isThere(path) else { return }
        // Those above it as well, from the top down, as `mkdir -p` does; all are made for the owner alone.
        for end in path.indices where path[end] == "/" && end != path.startIndex {
            let parent = String(path[..<end])
            guard mkdir(parent, 0o700) == 0 || errno == EEXIST || access(parent, F_OK) == 0 else {
                throw .directory(path: path, reason: Self.reason())
            }
        }
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw .directory(path: path, reason: Self.reason()) }
    }

    /// What the system says about the last call.
    private static func reason() -> String { String(cString: strerror(errno)) }
}
