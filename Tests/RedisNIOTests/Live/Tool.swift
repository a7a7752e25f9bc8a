// Licensed under the MIT licence.

import Foundation
import RedisTesting

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
    let (ends, end) = AsyncStream<Int32>.makeStream()
    process.terminationHandler = { process in
        end.yield(process.terminationStatus)
        end.finish()
    }
    try process.run()
    let handle = pipe.fileHandleForReading
    let output = await withCheckedContinuation { continuation in
        Thread.detachNewThread {
            continuation.resume(returning: String(decoding: handle.readDataToEndOfFile(), as: UTF8.self))
        }
    }
    var status: Int32 = -1
    for await end in ends { status = end }
    guard status == 0 else {
        throw ServerProcess.Failure(description: "\(path) failed: \(output.suffix(800))")
    }
}
