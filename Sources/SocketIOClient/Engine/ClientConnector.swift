// Licensed under the MIT licence.

internal import NIOCore
internal import NIOPosix

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// Opens the TCP connections of both transports in the same way.
enum ClientConnector {
    /// Connects and adds `handlers`, which see `channelActive` on success; `failed` is called on the event loop
    /// otherwise.
    static func connect(
        _ options: EngineClientOptions,
        on eventLoop: any EventLoop,
        handlers: @escaping @Sendable () -> [any ChannelHandler],
        failed: @escaping @Sendable (EngineClientCloseReason) -> Void
    ) {
        var bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(options.connectTimeout)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: options.readBufferBytes))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    for handler in handlers() {
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                }
            }
        if let local = options.localAddress { bootstrap = bootstrap.bind(to: local) }
        bootstrap.connect(to: options.address).whenFailure { error in
            failed(Self.reason(error))
        }
    }

    private static func reason(_ error: any Error) -> EngineClientCloseReason {
        switch error {
        case ChannelError.connectTimeout: .connectTimedOut
        case let error as NIOConnectionError:
            .connectFailed(error.connectionErrors.first.map { Self.text($0.error) } ?? "no address")
        default: .connectFailed(Self.text(error))
        }
    }
    /// `Connection refused` rather than what NIO says about the descriptor.
    private static func text(_ error: any Error) -> String {
        guard let error = error as? IOError, let text = strerror(error.errnoCode) else { return "\(error)" }
        return String(cString: text)
    }
}
