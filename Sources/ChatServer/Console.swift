// Licensed under the MIT licence.

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// What the process asks of the system for itself.
enum Console {
    /// Writes a line at once, whatever the stream is connected to.
    static func write(_ line: String, to descriptor: CInt) {
        self.put("\(line)\n", to: descriptor)
    }

    /// Ends the process at once.
    static func end(status: CInt) -> Never { exit(status) }

    /// Writes text at once, whatever the stream is connected to.
    static func put(_ text: String, to descriptor: CInt) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { buffer in
                #if canImport(Darwin)
                Darwin.write(descriptor, buffer.baseAddress, buffer.count)
                #elseif canImport(Musl)
                Musl.write(descriptor, buffer.baseAddress, buffer.count)
                #else
                Glibc.write(descriptor, buffer.baseAddress, buffer.count)
                #endif
            }
            // A line that nobody reads is no reason to stop.
            guard count > 0 || errno == EINTR else { return }
            bytes = bytes.dropFirst(max(count, 0))
        }
    }

    /// Allows as many open files as the system lets this process have.
    ///
    /// Each connection is one, and the usual 1,024 are soon used up. Nothing happens if it cannot be done.
    static func raiseFileLimit() {
        #if canImport(Glibc)
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < limit.rlim_max
        else { return }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        #endif
    }
}
