// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import Testing

@testable import EngineIO

@Suite struct MountTableTests {
    private let mounts = MountTable()

    init() {
        for path in ["/socket.io/", "/engine.io"] {
            self.mounts.add(EngineSettings(path: path, options: .init(), sendPath: .nio) { _ in IdleHandler() })
        }
    }

    @Test(arguments: [
        ("/socket.io/", "/socket.io/"), ("/socket.io", "/socket.io/"), ("/socket.io/?EIO=4", "/socket.io/"),
        ("/socket.io?a/b", "/socket.io/"), ("/socket.io/#x", "/socket.io/"), ("/engine.io", "/engine.io"),
        ("/engine.io?EIO=4", "/engine.io"),
    ]) func `ours`(target: String, path: String) {
        #expect(self.mounts.settings(forTarget: target)?.path == path)
    }

    @Test(arguments: [
        "", "/", "?", "*", "/socket.io//", "/socket.iox/", "/socket.io/x", "/SOCKET.IO/", "/socket%2Eio/",
        "/engine.io/",
        "socket.io/", "//socket.io/", "http://a/socket.io/",
    ]) func `the application's`(target: String) {
        #expect(self.mounts.settings(forTarget: target) == nil)
    }
}

private final class IdleHandler: EngineConnectionHandler {
    func textReceived(_ text: ByteBuffer) {}
    func binaryReceived(_ bytes: ByteBuffer) {}
    func closed(_ reason: EngineCloseReason) {}
}
