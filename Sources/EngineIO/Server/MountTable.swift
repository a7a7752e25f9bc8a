// Licensed under the MIT licence.

import NIOConcurrencyHelpers

/// The paths that Engine.IO is served under.
final class MountTable: Sendable {
    private let mounts = NIOLockedValueBox<[EngineSettings]>([])

    var all: [EngineSettings] { self.mounts.withLockedValue { $0 } }

    func add(_ settings: EngineSettings) {
        self.mounts.withLockedValue { $0.append(settings) }
    }

    /// The mount of exactly this path.
    func settings(ofPath path: String) -> EngineSettings? {
        self.all.first { $0.path == path }
    }

    /// The mount of a request target such as `/socket.io/?EIO=4`, with or without the slash at the end of the path.
    func settings(forTarget target: String) -> EngineSettings? {
        let path = target.utf8.prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }
        return self.all.first { settings in
            let mount = settings.path.utf8
            return path.elementsEqual(mount)
                || (mount.last == UInt8(ascii: "/") && path.elementsEqual(mount.dropLast()))
        }
    }
}
