// Licensed under the MIT licence.

import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Two connected stream sockets, closed at the end.
final class SocketPair {
    let ours: CInt
    let theirs: CInt

    init() throws {
        var ends: [CInt] = [-1, -1]
        #if canImport(Glibc)
        let type = CInt(SOCK_STREAM.rawValue)
        #else
        let type = SOCK_STREAM
        #endif
        try #require(socketpair(AF_UNIX, type, 0, &ends) == 0)
        (self.ours, self.theirs) = (ends[0], ends[1])
    }

    deinit {
        _ = close(self.ours)
        _ = close(self.theirs)
    }

    /// What has arrived so far, `count` bytes of it at most.
    func received(_ count: Int = 65_536) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let read = recv(self.theirs, &bytes, count, CInt(MSG_DONTWAIT.rawValueOrSelf))
        return Array(bytes.prefix(max(0, read)))
    }

    /// The peer is gone for both directions.
    func breakTheirs() {
        _ = shutdown(self.theirs, CInt(SHUT_RDWR.rawValueOrSelf))
    }
}

extension FixedWidthInteger {
    /// Some C constants are plain numbers on one system and enumerations on another.
    fileprivate var rawValueOrSelf: Self { self }
}
extension RawRepresentable where RawValue: FixedWidthInteger {
    fileprivate var rawValueOrSelf: RawValue { self.rawValue }
}
