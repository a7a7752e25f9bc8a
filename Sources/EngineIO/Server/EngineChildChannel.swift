// Licensed under the MIT licence.

import EngineIOCore
public import HummingbirdCore
public import Logging
public import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// Puts Engine.IO and an application behind one port: Hummingbird's `Server` calls it for each accepted connection.
///
/// Engine.IO requests are answered on the loop. A connection's first other request brings up Hummingbird's handlers behind
/// ours, and from then on every request goes where it belongs. A connection that becomes a WebSocket leaves HTTP altogether:
/// Hummingbird has no task for it, unless it had a request for the application before, whose task then stays until it closes.
public struct EngineChildChannel: ServerChildChannel {
    /// One accepted connection: completes with the application's side of it once a request asks for that, or with nothing when
    /// the connection ended before.
    public struct Value: ServerChildChannelValue {
        let application: EventLoopFuture<NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>?>
        /// The accepted connection.
        public let channel: any Channel
    }

    let server: EngineServer
    let application: HTTP1Channel

    /// Creates a child channel.
    /// - Parameters:
    ///   - server: Takes the requests on its mounts.
    ///   - responder: Takes all others.
    public init(server: EngineServer, responder: @escaping HTTPChannelHandler.Responder) {
        self.server = server
        self.application = HTTP1Channel(responder: responder)
    }

    /// Puts the handlers into a connection that was just accepted.
    public func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            guard let loop = self.server.shard(of: channel.eventLoop) else {
                throw ChannelError.inappropriateOperationForState
            }
            // A peer that closes its side may still want the answer to what it asked; see `EngineHTTPHandler`. By TLS there is no such
            // thing before 1.3 (RFC 5246 §7.2.1).
            let tls = self.server.tls
            try channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: tls == nil)
            var limits = NIOHTTPDecoderLimitConfiguration()
            limits.maxHeaderFieldCount = 100
            limits.maxHeaderFieldSize = 16 * 1024
            limits.maxHeaderListSize = 16 * 1024
            if let peers = self.server.proxyProtocolPeers, let address = channel.remoteAddress?.ipAddress,
                IPAddress(address).map(peers.trusts) ?? false
            {
                try channel.pipeline.syncOperations.addHandler(ProxyProtocolHandler(loop: loop))
            }
            if let tls { try channel.pipeline.syncOperations.addHandler(tls.makeHandler()) }
            // As `configureHTTPServerPipeline` does, but what follows an upgrade request is not thrown away (EarlyBytes).
            let decoder = HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits)
            try channel.pipeline.syncOperations.addHandlers([
                HTTPResponseEncoder(), ByteToMessageHandler(decoder), HTTPServerPipelineHandler(),
                NIOHTTPResponseHeadersValidator(),
            ])
            let promise = channel.eventLoop.makePromise(of: NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>?.self)
            let handler = EngineHTTPHandler(server: self.server, loop: loop) { channel in
                guard let channel else { return promise.succeed(nil) }
                try channel.pipeline.syncOperations.addHandler(HTTP1ToHTTPServerCodec(secure: tls != nil))
                promise.succeed(
                    try NIOAsyncChannel(
                        wrappingChannelSynchronously: channel,
                        configuration: .init(isOutboundHalfClosureEnabled: false)
                    )
                )
            }
            try channel.pipeline.syncOperations.addHandler(handler)
            channel.closeFuture.assumeIsolated().whenComplete { _ in promise.succeed(nil) }
            return Value(application: promise.futureResult, channel: channel)
        }
    }

    /// Serves the application's requests of one connection; returns at once if there are none.
    public func handle(value: Value, logger: Logger) async {
        guard let application = try? await value.application.get() else { return }
        await self.application.handle(value: application, logger: logger)
    }
}
