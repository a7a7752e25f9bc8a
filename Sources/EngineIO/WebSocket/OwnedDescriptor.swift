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

    /// Duplicates the descriptor of a channel; nothing if it has none to give or the process has no more.
    init?(duplicating channel: any Channel) {
        let duplicate = try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: CInt.self) {
            fcntl($0, F_DUPFD_CLOEXEC, 0)
        }
        guard let duplicate, duplicate >= 0 else { return nil }
        self.number = duplicate
    }

    private init(_ number: CInt) {
        self.number = number
    }

    /// Two sockets that are connected to each other; nothing if the process has no more.
    static func pair() -> (OwnedDescriptor, OwnedDescriptor)? {
        #if canImport(Glibc)
        let type = CInt(SOCK_STREAM.rawValue)
        #else
        let type = SOCK_STREAM
        #endif
        var ends: [CInt] = [-1, -1]
        guard socketpair(AF_UNIX, type, 0, &ends) == 0 else { return nil }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, fcntl(end, F_GETFL) | O_NONBLOCK)
        }
        return (OwnedDescriptor(ends[0]), OwnedDescriptor(ends[1]))
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
