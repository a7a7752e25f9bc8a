// Licensed under the MIT licence.

import EngineIO
import EngineIOCore
import Foundation
import Logging
import NIOCore
import SocketIOHummingbird

/// The application that protocol suites and stock clients are run against, and an example of both libraries.
///
/// `PORT` (3000), `PING_INTERVAL` and `PING_TIMEOUT` (milliseconds, 25000 and 20000) come from the environment, and
/// `PER_MESSAGE_DEFLATE`: 0 for none (the default), 1 for messages on their own, 2 for contexts that are kept; and
/// `HTTP_COMPRESSION`: 1 to compress answers to polls.
@main
enum ConformanceServer {
    static func main() async throws {
        var logger = Logger(label: "conformance-server")
        logger.logLevel = .notice
        let port = environment("PORT", default: 3000, in: 0...65_535)
        let milliseconds: ClosedRange<Int64> = 1...86_400_000
        var options = EngineIOOptions(
            pingInterval: .milliseconds(environment("PING_INTERVAL", default: 25_000, in: milliseconds)),
            pingTimeout: .milliseconds(environment("PING_TIMEOUT", default: 20_000, in: milliseconds)),
            maxHTTPBufferSize: 1_000_000
        )
        let deflate = environment("PER_MESSAGE_DEFLATE", default: 0, in: 0...2)
        if deflate > 0 {
            options.perMessageDeflate = PerMessageDeflate(
                serverNoContextTakeover: deflate == 1,
                clientNoContextTakeover: deflate == 1
            )
        }
        if environment("HTTP_COMPRESSION", default: 0, in: 0...1) == 1 { options.httpCompression = HTTPCompression() }
        let service = SocketIOService(
            address: .hostname("127.0.0.1", port: Int(port)),
            configuration: SocketIOConfiguration(
                server: ServerOptions(connectTimeout: .seconds(1), attachmentTimeout: .seconds(1)),
                engine: options
            ),
            logger: logger
        )
        ConformanceApplication(service.io).register()
        service.mount.engine.mount("/engine.io/", options: options) { EchoHandler($0) }
        try await service.runService()
    }

    /// A whole number within `range`; ends the process with one line and status 2 when it is something else.
    private static func environment(_ name: String, default value: Int64, in range: ClosedRange<Int64>) -> Int64 {
        guard let text = ProcessInfo.processInfo.environment[name] else { return value }
        guard let number = Int64(text), range.contains(number) else {
            FileHandle.standardError.write(Data("\(name) must be a whole number in \(range)\n".utf8))
            exit(2)
        }
        return number
    }
}

/// Bare Engine.IO: sends every message back.
private final class EchoHandler: EngineConnectionHandler {
    private let connection: any EngineConnection

    init(_ connection: any EngineConnection) {
        self.connection = connection
    }

    func textReceived(_ text: ByteBuffer) {
        self.connection.send(EngineMessage(text: text), isVolatile: false)
    }

    func binaryReceived(_ bytes: ByteBuffer) {
        self.connection.send(EngineMessage(binary: bytes), isVolatile: false)
    }

    func closed(_ reason: EngineCloseReason) {}
}
