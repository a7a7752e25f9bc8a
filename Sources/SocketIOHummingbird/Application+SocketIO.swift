// Licensed under the MIT licence.

public import Hummingbird
import HummingbirdCore
public import Logging
public import NIOCore
public import ServiceLifecycle

extension Application {
    /// Creates an application that serves a router and Socket.IO on one port.
    ///
    /// ```swift
    /// let app = Application(router: router, socketIO: mount, configuration: .init(address: .hostname("0.0.0.0", port: 8080)))
    /// try await app.runService()
    /// ```
    ///
    /// It runs on the mount's event loops.
    /// - Parameters:
    ///   - router: Answers all requests but those on the mount's path.
    ///   - socketIO: Answers those.
    ///   - configuration: Address and other settings of the listener.
    ///   - services: Live as long as the application. They stop after the sockets have gone, so handlers may use them to the
    ///     end.
    ///   - onServerRunning: Called once the listener is open; the channel's `localAddress` tells the port where 0 was asked
    ///     for.
    ///   - logger: Hummingbird's default if not given.
    public init<ResponderBuilder: HTTPResponderBuilder>(
        router: ResponderBuilder,
        socketIO: SocketIOMount,
        configuration: ApplicationConfiguration = ApplicationConfiguration(),
        services: [any Service] = [],
        onServerRunning: @escaping @Sendable (any Channel) async -> Void = { _ in },
        logger: Logger? = nil
    ) where Responder == ResponderBuilder.Responder {
        self.init(
            router: router,
            server: .socketIO(socketIO),
            configuration: configuration,
            // Stopped in reverse order.
            services: services + [socketIO],
            onServerRunning: onServerRunning,
            eventLoopGroupProvider: .shared(socketIO.eventLoopGroup),
            logger: logger
        )
    }
}
