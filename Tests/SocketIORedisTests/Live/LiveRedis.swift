// Licensed under the MIT licence.

import Foundation
import NIOCore
import RedisNIO

/// A `redis-server` of a test, on a socket in a directory of its own.
///
/// A shell stands between: it ends the server when the test process is gone, however that ended.
final class LiveRedis: Sendable {
    static let path = "/usr/bin/redis-server"
    static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: self.path) }

    let directory: URL

    init() throws {
        self.directory = FileManager.default.temporaryDirectory.appending(path: "sior-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: self.directory, withIntermediateDirectories: true)
    }

    private var socket: String { self.directory.appending(path: "redis").path }

    private var pidFile: URL { self.directory.appending(path: "pid") }

    /// Starts a server; clients find it when it is ready.
    func start() throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        let script = """
            "$@" & pid=$!
            while kill -0 \(ProcessInfo.processInfo.processIdentifier) 2>/dev/null && kill -0 $pid 2>/dev/null; do
                sleep 0.1
            done
            kill -9 $pid 2>/dev/null; wait
            """
        let settings = [
            "--port", "0", "--unixsocket", self.socket, "--dir", self.directory.path, "--save", "", "--pidfile",
            self.pidFile.path,
        ]
        process.arguments = ["-c", script, "sh", Self.path] + settings
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
        return process
    }

    /// Ends a server at once that was ready, and waits until it is gone.
    func stop(_ process: Process) async throws {
        let text = try String(contentsOf: self.pidFile, encoding: .utf8)
        if let pid = Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)), pid > 0 { kill(pid, SIGKILL) }
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                process.waitUntilExit()
                continuation.resume()
            }
        }
    }

    func remove() { try? FileManager.default.removeItem(at: self.directory) }

    /// A client, which has to be closed.
    func client() throws -> RedisClient {
        var configuration = RedisConfiguration(endpoints: [.unix(path: self.socket)], mode: .standalone)
        configuration.backoff = Backoff(base: .milliseconds(10), maximum: .milliseconds(50))
        let client = RedisClient(configuration)
        try client.start()
        return client
    }
}
