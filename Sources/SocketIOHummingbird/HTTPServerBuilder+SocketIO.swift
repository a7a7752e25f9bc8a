// Licensed under the MIT licence.

public import HummingbirdCore

extension HTTPServerBuilder {
    /// An HTTP/1.1 server with Socket.IO on the same port, for types that conform to Hummingbird's `ApplicationProtocol`.
    ///
    /// ```swift
    /// var server: HTTPServerBuilder { .socketIO(self.mount) }
    /// var services: [any Service] { [self.mount] }
    /// ```
    ///
    /// The application must run on the mount's ``SocketIOMount/eventLoopGroup``: connections on other loops are closed. With
    /// the mount among its services the application waits, when it ends, until WebSockets have been told goodbye. For an
    /// `Application` value, ``Hummingbird/Application/init(router:socketIO:configuration:services:onServerRunning:logger:)``
    /// sees to both.
    public static func socketIO(_ mount: SocketIOMount) -> HTTPServerBuilder {
        HTTPServerBuilder { responder in SocketIOChildChannel(mount, responder: responder) }
    }
}
