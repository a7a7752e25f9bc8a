// Licensed under the MIT licence.

import Logging
import NIOCore
import NIOPosix
import NIOSSL

/// What all parts of one client share; belongs to its event loop.
final class ClientSurroundings {
    let configuration: RedisConfiguration
    /// Made by the start, since files are read for it.
    var tls: NIOSSLContext?
    let eventLoop: any EventLoop
    let counters: RedisCounterStore
    let logger: Logger

    init(
        configuration: RedisConfiguration,
        eventLoop: any EventLoop,
        counters: RedisCounterStore,
        logger: Logger
    ) {
        self.configuration = configuration
        self.eventLoop = eventLoop
        self.counters = counters
        self.logger = logger
    }

    /// Connects a channel whose last handler is the connection.
    func connect(_ connection: RedisConnection, to endpoint: RedisEndpoint) -> EventLoopFuture<any Channel> {
        let handler = NIOLoopBound(connection, eventLoop: self.eventLoop)
        let security = self.configuration.tls.flatMap { settings in self.tls.map { (settings, $0) } }
        let bootstrap = ClientBootstrap(group: self.eventLoop)
            .connectTimeout(self.configuration.connectTimeout)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let (settings, context) = security {
                        try channel.pipeline.syncOperations.addHandler(settings.handler(context, for: endpoint))
                    }
                    try channel.pipeline.syncOperations.addHandler(handler.value)
                }
            }
        switch endpoint {
        case .tcp(let host, let port): return bootstrap.connect(host: host, port: port)
        case .unix(let path): return bootstrap.connect(unixDomainSocketPath: path)
        }
    }
}
