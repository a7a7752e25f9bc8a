// Licensed under the MIT licence.

import EngineIO
import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore

/// The engine's handlers for each accepted connection, and the mount's life along with the listener's.
struct SocketIOChildChannel: ServerChildChannel {
    private let mount: SocketIOMount
    private let engine: EngineChildChannel

    init(_ mount: SocketIOMount, responder: @escaping HTTPChannelHandler.Responder) {
        self.mount = mount
        self.engine = EngineChildChannel(server: mount.engine) { request, response, channel in
            try await responder(request, response, channel)
            if request.isLastOfConnection { Self.close(channel) }
        }
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<EngineChildChannel.Value> {
        guard let ready = self.mount.accepted(channel) else {
            return self.engine.setup(channel: channel, logger: logger)
        }
        return ready.flatMap { self.engine.setup(channel: channel, logger: logger) }
    }

    func handle(value: EngineChildChannel.Value, logger: Logger) async {
        await self.engine.handle(value: value, logger: logger)
    }

    /// Ends a connection behind its last response.
    private static func close(_ channel: any Channel) {
        // Our direction first: were the other one closed too while the client still sends, its system would throw the
        // response away.
        channel.close(mode: .output, promise: nil)
        channel.eventLoop.scheduleTask(in: .seconds(1)) { channel.close(promise: nil) }
    }
}

extension Request {
    /// Whether the client wants the connection to be closed behind the response (RFC 9112 §9.6).
    fileprivate var isLastOfConnection: Bool {
        let options = self.headers[.connection]?.lowercased().split(separator: ",") ?? []
        return options.contains { $0.drop { $0 == " " }.prefix { $0 != " " } == "close" }
    }
}
