// Licensed under the MIT licence.

import Foundation

/// Runs a program of this machine, such as `redis-cli` or `openssl`, and waits for its end.
///
/// - Parameters:
///   - path: The program.
///   - arguments: Its arguments.
///   - directory: Where it runs.
/// - Throws: What it said, if it failed.
func runTool(_ path: String, _ arguments: [String], in directory: URL? = nil) async throws {
    guard FileManager.default.isExecutableFile(atPath: path) else {
        throw ServerProcess.Failure(description: "\(path) is missing; `dev/setup.sh test` installs it.")
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.currentDirectoryURL = directory
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let handle = pipe.fileHandleForReading
    let output = await withCheckedContinuation { continuation in
        Thread.detachNewThread {
            continuation.resume(returning: String(decoding: handle.readDataToEndOfFile(), as: UTF8.self))
        }
    }
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
        throw ServerProcess.Failure(description: "\(path) failed: \(output.suffix(800))")
    }
}
