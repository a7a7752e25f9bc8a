// Licensed under the MIT licence.

package import Foundation
import Synchronization
import Testing

/// A `redis-server` of a test, on a free port of this machine and in a directory of its own.
///
/// A shell stands between: it ends the server when the test process is gone, however that ended.
package final class ServerProcess: Sendable {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String

        package init(description: String) {
            self.description = description
        }
    }

    private struct State {
        var isRunning = false
        /// Who waits for the end of the process.
        var endings: [CheckedContinuation<Void, Never>] = []
        /// Whether the directory goes with the process.
        var isRemoved = false
        var pid: Int32 = 0
        var output = ""
        var readied = 0
        var hasEnded = false
        var waiters: [(count: Int, CheckedContinuation<Bool, Never>)] = []
    }

    package static let path = "/usr/bin/redis-server"
    /// Whether there is one to start.
    package static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: Self.path) }

    package let port: Int
    package let directory: URL
    private let arguments: [String]
    private let readyLine: String
    private let sentinelFile: URL?
    private let state = Mutex(State())

    /// Makes a server that is not started.
    ///
    /// - Parameters:
    ///   - arguments: Further settings, `--name value`.
    ///   - isTLS: Whether its port is for TLS alone.
    ///   - sentinelSettings: The lines of a sentinel's file, if it is one.
    /// - Throws: If there is no `redis-server`, or no free port.
    package init(_ arguments: [String] = [], isTLS: Bool = false, sentinelSettings: [String]? = nil) throws {
        guard Self.isInstalled else {
            throw Failure(description: "\(Self.path) is missing; `dev/setup.sh test` installs it.")
        }
        self.port = try FreePort.find()
        self.directory = FileManager.default.temporaryDirectory.appending(path: "martlet-redis-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: self.directory, withIntermediateDirectories: true)
        self.arguments = isTLS ? ["--port", "0", "--tls-port", "\(self.port)"] + arguments : arguments
        self.readyLine = sentinelSettings == nil ? "Ready to accept connections" : "Sentinel ID is"
        self.sentinelFile = try sentinelSettings.map { [directory, port] settings in
            let file = directory.appending(path: "sentinel.conf")
            let lines = ["port \(port)", "bind 127.0.0.1", "dir \(directory.path)"] + settings
            try lines.joined(separator: "\n").write(to: file, atomically: true, encoding: .utf8)
            return file
        }
    }

    /// The command line, of which settings come later than those they override.
    private var commandLine: [String] {
        if let sentinelFile { return [Self.path, sentinelFile.path, "--sentinel"] }
        let common = ["--port", "\(self.port)", "--bind", "127.0.0.1", "--dir", self.directory.path]
        return [Self.path] + common + ["--save", "", "--appendonly", "no"] + self.arguments
    }

    package var pid: Int32 {
        self.state.withLock { $0.pid }
    }

    /// Starts the server, and waits until it can be used.
    package func start() async throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        let script = """
            "$@" & pid=$!; echo "pid $pid"
            while kill -0 \(ProcessInfo.processInfo.processIdentifier) 2>/dev/null && kill -0 $pid 2>/dev/null; do sleep 0.1; done
            kill -9 $pid 2>/dev/null; wait
            """
        process.arguments = ["-c", script, "sh"] + self.commandLine
        process.currentDirectoryURL = self.directory
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        process.standardInput = FileHandle.nullDevice
        let awaited = self.state.withLock { state in
            state.isRunning = true
            state.pid = 0
            state.hasEnded = false
            return state.readied + 1
        }
        do {
            try process.run()
        } catch {
            self.ended()
            throw error
        }
        let handle = pipe.fileHandleForReading
        Thread.detachNewThread { [self] in
            while case let data = handle.availableData, !data.isEmpty {
                self.take(String(decoding: data, as: UTF8.self))
            }
            self.ended()
        }
        guard await self.isReady(awaited) else {
            throw Failure(description: "redis-server ended: \(self.state.withLock { String($0.output.suffix(800)) })")
        }
    }

    private func take(_ text: String) {
        let ready: [CheckedContinuation<Bool, Never>] = self.state.withLock { state in
            state.output += text
            if state.pid == 0,
                let found = state.output.range(of: #"pid (\d+)\n"#, options: [.regularExpression, .backwards])
            {
                state.pid = Int32(state.output[found].dropFirst(4).dropLast()) ?? 0
            }
            guard state.pid != 0, state.output.contains(self.readyLine) else { return [] }
            state.output = ""
            state.readied += 1
            defer { state.waiters.removeAll { $0.count <= state.readied } }
            return state.waiters.filter { $0.count <= state.readied }.map(\.1)
        }
        for waiter in ready { waiter.resume(returning: true) }
    }

    private func ended() {
        let (waiters, endings, isRemoved) = self.state.withLock { state in
            state.hasEnded = true
            state.isRunning = false
            defer {
                state.waiters = []
                state.endings = []
            }
            return (state.waiters, state.endings, state.isRemoved)
        }
        if isRemoved { try? FileManager.default.removeItem(at: self.directory) }
        for (_, waiter) in waiters { waiter.resume(returning: false) }
        for ending in endings { ending.resume() }
    }

    private func isReady(_ count: Int) async -> Bool {
        await withCheckedContinuation { continuation in
            let isReady: Bool? = self.state.withLock { state in
                if state.readied >= count { return true }
                if state.hasEnded { return false }
                state.waiters.append((count, continuation))
                return nil
            }
            if let isReady { continuation.resume(returning: isReady) }
        }
    }

    package func signal(_ signal: Int32) {
        let pid = self.pid
        if pid > 0 { kill(pid, signal) }
    }

    /// Ends the server at once and waits until it is gone.
    package func stop() async {
        self.end()
        await withCheckedContinuation { continuation in
            let isRunning = self.state.withLock { state in
                if state.isRunning { state.endings.append(continuation) }
                return state.isRunning
            }
            if !isRunning { continuation.resume() }
        }
    }

    /// Ends the server at once, and takes its directory away when it is gone; waits for neither.
    package func remove() {
        self.end()
        let isRunning = self.state.withLock { state in
            state.isRemoved = true
            return state.isRunning
        }
        if !isRunning { try? FileManager.default.removeItem(at: self.directory) }
    }

    private func end() {
        self.signal(SIGCONT)
        self.signal(SIGKILL)
    }
}

package enum FreePort {
    private static let given = Mutex<Set<Int>>([])

    /// Finds a port that nobody listens on, and 10,000 above it neither, where cluster nodes talk to each other.
    ///
    /// Both are below what systems give to outgoing connections.
    package static func find() throws -> Int {
        for _ in 0..<200 {
            let port = Int.random(in: 10_000..<22_000)
            let isNew = self.given.withLock { $0.insert(port).inserted }
            if isNew, self.isFree(port), self.isFree(port + 10_000) { return port }
        }
        throw ServerProcess.Failure(description: "no free port")
    }

    private static func isFree(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}

/// Runs a test with a server of its own, which is gone afterwards whatever happens.
package func withServer<Result>(
    _ arguments: [String] = [],
    _ body: (ServerProcess) async throws -> Result
) async throws -> Result {
    let server = try ServerProcess(arguments)
    defer { server.remove() }
    try await server.start()
    return try await body(server)
}
