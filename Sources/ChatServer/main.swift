import Chat
import ChatStores
import EngineIO
import EngineIOCore
import Foundation
import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import SocketIO
import UnixSignals

let env = ProcessInfo.processInfo.environment
var logger = Logger(label: "martlet")
logger.logLevel = .notice
let group = MultiThreadedEventLoopGroup(numberOfThreads: Int(env["SERVER_THREADS"] ?? "2")!)
let engine = EngineServer(eventLoopGroup: group, sendPath: SendPath(rawValue: env["SEND_PATH"] ?? "") ?? .best, logger: logger)
var options = EngineIOOptions()
options.limits.maximumOutboundBytes = 4 << 20
let io = SocketIO.Server(shards: engine.shards, logger: logger)
let service = ChatService(io: io, store: MemoryStore(stripes: engine.shards.count), settings: ChatSettings(rateLimits: nil))
service.register()
engine.mount("/socket.io/", options: options) { io.accept($0) }
try await engine.start()
let server = HummingbirdCore.Server(
    childChannelSetup: EngineChildChannel(server: engine) { _, response, _ in
        try await response.writeResponse(HTTPResponse(status: .ok, headerFields: [.contentLength: "0"]))
    },
    configuration: .init(address: .hostname("127.0.0.1", port: Int(env["SERVER_PORT"] ?? "8080")!)),
    eventLoopGroup: group,
    logger: logger
)
print("listening \(engine.activeSendPath)")
let services = ServiceGroup(services: [server], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
try await services.run()
