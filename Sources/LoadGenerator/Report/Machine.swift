// Licensed under the MIT licence.

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// What a run was made on; figures mean nothing without it.
struct Machine: Sendable, Codable, Equatable {
    var cores: Int
    var cpu: String
    var kernel: String

    static func current() -> Machine {
        var name = utsname()
        uname(&name)
        return Machine(
            cores: max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))),
            cpu: Self.cpuModel(cpuInfo: ProcFile.read("/proc/cpuinfo") ?? "") ?? "unknown",
            kernel: "\(Self.text(name.sysname)) \(Self.text(name.release)) \(Self.text(name.machine))"
        )
    }

    /// `model name     : Some CPU @ 2.00GHz`.
    static func cpuModel(cpuInfo: String) -> String? {
        for line in cpuInfo.split(separator: "\n") where line.hasPrefix("model name") {
            return line.split(separator: ":", maxSplits: 1).dropFirst().first.map {
                String($0.drop(while: { $0 == " " }))
            }
        }
        return nil
    }

    /// A C array of characters up to its NUL.
    private static func text<Characters>(_ characters: Characters) -> String {
        withUnsafeBytes(of: characters) { String(decoding: $0.prefix(while: { $0 != 0 }), as: UTF8.self) }
    }
}
