// Licensed under the MIT licence.

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// Files of `/proc`, whose size is not known before they have been read.
enum ProcFile {
    private static let maximumBytes = 1 << 20

    /// The whole text, at most 1 MiB of it; `nil` when there is no such file (or no `/proc`).
    static func read(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var text: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while text.count < Self.maximumBytes {
            let count = chunk.withUnsafeMutableBytes { Self.readOnce(descriptor, $0) }
            guard count > 0 else { break }
            text.append(contentsOf: chunk.prefix(count))
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func readOnce(_ descriptor: Int32, _ target: UnsafeMutableRawBufferPointer) -> Int {
        #if canImport(Glibc)
        Glibc.read(descriptor, target.baseAddress, target.count)
        #elseif canImport(Musl)
        Musl.read(descriptor, target.baseAddress, target.count)
        #else
        Darwin.read(descriptor, target.baseAddress, target.count)
        #endif
    }
}
