// Licensed under the MIT licence.

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// What the server's processes have used, as Linux tells it (proc(5), "/proc/pid/stat" and "/proc/pid/status").
struct ServerProcess: Sendable {
    struct Usage: Sendable {
        /// User and system time of all threads, also of those that have ended.
        var cpuMicroseconds: Double = 0
        var residentKiB: Int = 0
    }

    let pids: [Int32]

    /// The sum over all processes; `nil` when one of them is not there.
    func usage() -> Usage? {
        var sum = Usage()
        for pid in self.pids {
            guard
                let stat = ProcFile.read("/proc/\(pid)/stat"), let ticks = Self.cpuTicks(stat: stat),
                let status = ProcFile.read("/proc/\(pid)/status"), let resident = Self.residentKiB(status: status)
            else { return nil }
            sum.cpuMicroseconds += Double(ticks) * 1_000_000 / Double(Self.ticksPerSecond)
            sum.residentKiB += resident
        }
        return sum
    }

    /// Also the resolution of the CPU figures: 100 on common systems, 10 ms.
    static var ticksPerSecond: Int { max(1, sysconf(Int32(_SC_CLK_TCK))) }

    /// Fields 14 and 15 (utime, stime); the name in field 2 may itself hold spaces and brackets, so counting starts
    /// after the last one.
    static func cpuTicks(stat: String) -> UInt64? {
        guard let bracket = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[stat.index(after: bracket)...].split(separator: " ")
        guard fields.count > 12, let user = UInt64(fields[11]), let system = UInt64(fields[12]) else { return nil }
        return user + system
    }

    /// `VmRSS:     1234 kB`.
    static func residentKiB(status: String) -> Int? {
        for line in status.split(separator: "\n") where line.hasPrefix("VmRSS:") {
            return line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) }
        }
        return nil
    }
}
