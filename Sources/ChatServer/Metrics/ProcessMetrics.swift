// Licensed under the MIT licence.

import EngineIO
import Foundation

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// What the system says of this process, under the names that all of Prometheus's clients use.
struct ProcessMetrics: MetricSource {
    /// When the process began, or nearly, in seconds since 1970.
    private let started = Double(WallClock.milliseconds) / 1000

    func families() async -> [MetricFamily] {
        var families = [
            MetricFamily(
                "chat_build_info",
                .gauge,
                "Which Martlet this is; always 1.",
                samples: [.init(labels: [.init("version", Version.current)], value: .integer(1))]
            ),
            MetricFamily(
                "process_start_time_seconds",
                .gauge,
                "When the process began, in seconds since 1970.",
                self.started
            ),
            MetricFamily(
                "process_cpu_seconds_total",
                .counter,
                "Time that processors spent on the process, in seconds, for itself and in the system.",
                Self.cpuSeconds
            ),
            MetricFamily(
                "process_max_fds",
                .gauge,
                "How many file descriptors the process may have open.",
                Self.maximumDescriptors
            ),
        ]
        if let (virtual, resident) = Self.memory {
            families.append(
                MetricFamily("process_virtual_memory_bytes", .gauge, "Addresses in use, in bytes.", virtual)
            )
            families.append(
                MetricFamily("process_resident_memory_bytes", .gauge, "Memory in use, in bytes.", resident)
            )
        }
        if let open = Self.openDescriptors {
            families.append(
                MetricFamily("process_open_fds", .gauge, "How many file descriptors are open.", open)
            )
        }
        return families
    }

    private static var cpuSeconds: Double {
        var usage = rusage()
        #if canImport(Glibc)
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        #else
        getrusage(CInt(RUSAGE_SELF), &usage)
        #endif
        return self.seconds(usage.ru_utime) + self.seconds(usage.ru_stime)
    }

    private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }

    private static var maximumDescriptors: Double {
        var limit = rlimit()
        #if canImport(Glibc)
        let status = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        #else
        let status = getrlimit(CInt(RLIMIT_NOFILE), &limit)
        #endif
        guard status == 0 else { return .nan }
        return limit.rlim_cur == rlim_t.max ? .infinity : Double(limit.rlim_cur)
    }

    /// Addresses and memory in use, in bytes; nothing where there is no `/proc` (proc(5), `/proc/pid/statm`).
    private static var memory: (virtual: Int, resident: Int)? {
        let descriptor = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = read(descriptor, &bytes, bytes.count)
        guard count > 0 else { return nil }
        let fields = String(decoding: bytes[..<count], as: UTF8.self).split(separator: " ").prefix(2).compactMap {
            Int($0)
        }
        guard fields.count == 2 else { return nil }
        let page = Int(sysconf(CInt(_SC_PAGESIZE)))
        return (fields[0] * page, fields[1] * page)
    }

    private static var openDescriptors: Int? {
        let path = "/proc/self/fd"
        // Since Linux 6.2 the directory's size is their number; to list 100,000 of them takes a while.
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        if let size = attributes?[.size] as? Int, size > 0 { return size }
        // The directory itself is open meanwhile.
        return (try? FileManager.default.contentsOfDirectory(atPath: path)).map { $0.count - 1 }
    }
}
