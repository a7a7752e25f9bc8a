// Licensed under the MIT licence.

import Foundation

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// An open file, read and written without a buffer; closed when nobody has it any more, unless it is one of the process's own
/// streams.
final class TransferFile {
    let number: CInt
    /// For messages.
    let name: String
    private let isOwn: Bool

    private init(number: CInt, name: String, isOwn: Bool) {
        self.number = number
        self.name = name
        self.isOwn = isOwn
    }

    deinit { if self.isOwn { close(self.number) } }

    static var standardInput: TransferFile { .init(number: STDIN_FILENO, name: "standard input", isOwn: false) }
    static var standardOutput: TransferFile { .init(number: STDOUT_FILENO, name: "standard output", isOwn: false) }

    /// Opens a file to be read.
    static func reading(_ path: String) throws(StartError) -> TransferFile {
        try self.open(path, O_RDONLY)
    }

    /// Opens a file to be read and added to, which nobody else adds to in this way meanwhile; it is made, for its owner alone,
    /// if it is not there.
    static func appending(_ path: String) throws(StartError) -> TransferFile {
        let file = try self.open(path, O_RDWR | O_CREAT | O_NOFOLLOW)
        let type = try? FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
        // Pipes and devices may be shared. Some file systems have no locks; there the file is written without.
        guard type == .typeRegular else { return file }
        guard flock(file.number, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK else {
            throw StartError("\(file.name) is being written by another export; wait for it or name another file.")
        }
        return file
    }

    private static func open(_ path: String, _ flags: CInt) throws(StartError) -> TransferFile {
        #if canImport(Darwin)
        let number = Darwin.open(path, flags | O_CLOEXEC, 0o600)
        #elseif canImport(Musl)
        let number = Musl.open(path, flags | O_CLOEXEC, 0o600)
        #else
        let number = Glibc.open(path, flags | O_CLOEXEC, 0o600)
        #endif
        guard number >= 0 || errno != ELOOP || flags & O_NOFOLLOW == 0 else {
            throw StartError("\(path.oneLine) is a symbolic link; name the file itself.")
        }
        guard number >= 0 else { throw StartError("\(path.oneLine) cannot be opened (\(Self.reason())).") }
        return TransferFile(number: number, name: path.oneLine, isOwn: true)
    }

    /// How long the file is; nil if it is none, but a pipe or a terminal.
    var size: Int? {
        let place = lseek(self.number, 0, SEEK_CUR)
        guard place >= 0 else { return nil }
        let end = lseek(self.number, 0, SEEK_END)
        guard end >= 0, lseek(self.number, place, SEEK_SET) >= 0 else { return nil }
        return Int(end)
    }

    /// Reads at most `count` bytes, from a place or from where the last read ended; none at the end.
    func read(_ count: Int, at offset: Int? = nil) throws(StartError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        while true {
            let found = bytes.withUnsafeMutableBytes { buffer in
                guard let offset else {
                    #if canImport(Darwin)
                    return Darwin.read(self.number, buffer.baseAddress, buffer.count)
                    #elseif canImport(Musl)
                    return Musl.read(self.number, buffer.baseAddress, buffer.count)
                    #else
                    return Glibc.read(self.number, buffer.baseAddress, buffer.count)
                    #endif
                }
                return pread(self.number, buffer.baseAddress, buffer.count, off_t(offset))
            }
            if found >= 0 { return Array(bytes[..<found]) }
            guard errno == EINTR else { throw StartError("\(self.name) cannot be read (\(Self.reason())).") }
        }
    }

    /// Writes all of it, where the last write ended.
    func write(_ bytes: UnsafeRawBufferPointer) throws(StartError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let part = UnsafeRawBufferPointer(rebasing: rest)
            #if canImport(Darwin)
            let count = Darwin.write(self.number, part.baseAddress, part.count)
            #elseif canImport(Musl)
            let count = Musl.write(self.number, part.baseAddress, part.count)
            #else
            let count = Glibc.write(self.number, part.baseAddress, part.count)
            #endif
            guard count >= 0 || errno == EINTR else {
                throw StartError("\(self.name) cannot be written (\(Self.reason())).")
            }
            rest = rest.dropFirst(max(count, 0))
        }
    }

    /// Cuts the file off; what is written next stands there.
    func truncate(to size: Int) throws(StartError) {
        guard ftruncate(self.number, off_t(size)) == 0, lseek(self.number, off_t(size), SEEK_SET) >= 0 else {
            throw StartError("\(self.name) cannot be written (\(Self.reason())).")
        }
    }

    /// Waits until the disk has what was written; does nothing for what is on no disk.
    func synchronize() throws(StartError) {
        guard fsync(self.number) != 0, errno != EINVAL, errno != EROFS else { return }
        throw StartError("\(self.name) cannot be written (\(Self.reason())).")
    }

    private static func reason() -> String { String(cString: strerror(errno)) }
}
