// Licensed under the MIT licence.

package import EngineIOCore
package import NIOCore

/// Where an Engine.IO client connects, and how.
package struct EngineClientOptions: Sendable {
    /// How a session starts and where it ends up.
    package enum TransportChoice: String, Sendable, CaseIterable {
        /// WebSocket from the first request on.
        case websocket
        /// Long-polling for the whole session.
        case polling
        /// Long-polling, then an upgrade to WebSocket with a probe, as stock clients do.
        case upgrade
    }

    /// The server's address.
    ///
    /// Names are not resolved here: one look-up serves all connections of a run.
    package var address: SocketAddress
    /// What goes into the `Host` header.
    package var hostHeader: String
    /// The HTTP path, with a slash at both ends.
    package var path = "/socket.io/"
    package var revision = ProtocolRevision.v4
    package var transport = TransportChoice.websocket
    /// Further query items; names and values are percent-encoded here.
    package var query: [(name: String, value: String)] = []
    /// Further header fields for every request, the WebSocket upgrade included.
    package var headers: [(name: String, value: String)] = []
    /// The local address to bind to (port 0: the kernel chooses); `nil` leaves both to the kernel.
    package var localAddress: SocketAddress?
    /// From the TCP connect to the end of the Engine.IO handshake.
    package var connectTimeout = TimeAmount.seconds(60)
    /// The longest message, WebSocket frame or HTTP body that is accepted; more ends the session.
    package var maximumMessageBytes = 16 << 20
    /// The size of the buffer for one read.
    ///
    /// Small for many idle connections, larger for few busy ones.
    package var readBufferBytes = 4096
    /// Whether pings are answered (Engine.IO 4) or sent (3); tests of the server's heartbeat switch it off.
    package var keepsHeartbeat = true
    /// Asks an Engine.IO 3 server for base64 instead of binary (`b64=1`).
    package var asksForBase64 = false

    package init(address: SocketAddress, hostHeader: String) {
        self.address = address
        self.hostHeader = hostHeader
    }

    /// The request target of one request: path, fixed items, then the caller's.
    func target(transport: String, sid: String?) -> String {
        var target = "\(self.path)?EIO=\(self.revision.rawValue)&transport=\(transport)"
        if let sid { target += "&sid=" + PercentEncoding.encode(sid) }
        if self.asksForBase64 { target += "&b64=1" }
        for item in self.query {
            target += "&" + PercentEncoding.encode(item.name) + "=" + PercentEncoding.encode(item.value)
        }
        return target
    }
}

extension EngineClientOptions {
    /// A server on this machine, at 127.0.0.1.
    package init(port: Int) throws {
        self.init(address: try SocketAddress(ipAddress: "127.0.0.1", port: port), hostHeader: "127.0.0.1:\(port)")
    }
}
