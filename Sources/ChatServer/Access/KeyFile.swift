// Licensed under the MIT licence.

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Files with keys and secrets, as Docker and Kubernetes mount them.
enum KeyFile {
    /// A file that is longer is none of ours.
    static let maximumBytes = 1 << 20

    /// All bytes of a file.
    static func read(_ path: String) throws(KeyFileFlaw) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .unreadable }
        defer { _ = close(descriptor) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = piece.withUnsafeMutableBytes { system_read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .unreadable }
            guard count > 0 else { return bytes }
            bytes += piece[..<count]
            guard bytes.count <= self.maximumBytes else { throw .tooLong }
        }
    }

    /// The text of a file that holds one secret, without the line breaks that editors leave at the end.
    static func secret(_ path: String) throws(KeyFileFlaw) -> String {
        guard var text = String(validating: try self.read(path), as: UTF8.self) else { throw .notText }
        while let last = text.last, last.isNewline { text.removeLast() }
        guard !text.isEmpty else { throw .empty }
        return text
    }

    /// What changes whenever a file is written or another is put in its place; nothing if there is none.
    static func stamp(_ path: String) -> [Int64]? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        #if canImport(Darwin)
        let time = status.st_mtimespec
        #else
        let time = status.st_mtim
        #endif
        return [
            Int64(time.tv_sec), Int64(time.tv_nsec), Int64(status.st_size), Int64(truncatingIfNeeded: status.st_ino),
            Int64(truncatingIfNeeded: status.st_dev),
        ]
    }
}

/// Why a file cannot be used.
enum KeyFileFlaw: Error, Equatable {
    case unreadable
    case tooLong
    case notText
    case empty

    /// To be written behind the file's name.
    var reason: String {
        switch self {
        case .unreadable: "it cannot be read"
        case .tooLong: "it is longer than \(KeyFile.maximumBytes) bytes"
        case .notText: "it is not UTF-8 text"
        case .empty: "it is empty"
        }
    }
}

private func system_read(_ descriptor: CInt, _ buffer: UnsafeMutableRawPointer?, _ count: Int) -> Int {
    read(descriptor, buffer, count)
}
