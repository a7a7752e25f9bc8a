// Licensed under the MIT licence.

import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A socket on its way from one channel to another.
struct OwnedDescriptor: Sendable {
    private let number: CInt

    /// Duplicates the descriptor of a channel; nothing if it has none to give (TLS) or the process has no more.
    init?(duplicating channel: any Channel) {
        let duplicate = try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: CInt.self) {
            fcntl($0, F_DUPFD_CLOEXEC, 0)
        }
        guard let duplicate, duplicate >= 0 else { return nil }
        self.number = duplicate
    }

    /// Gives the descriptor to a new owner.
    func release() -> CInt { self.number }

    /// Nobody wants it.
    func close() {
        #if canImport(Glibc)
        _ = Glibc.close(self.number)
        #elseif canImport(Musl)
        _ = Musl.close(self.number)
        #else
        _ = Darwin.close(self.number)
        #endif
    }
}
