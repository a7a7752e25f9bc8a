// Licensed under the MIT licence.

import EngineIOCore
import SocketIOCore

/// Counts the connections of one shard and what passes through them; there is one only where a server is inspected.
///
/// `@unchecked Sendable`: touched on the shard only.
package final class ConnectionCensus: @unchecked Sendable {
    /// What has happened since it was asked the last time.
    package struct Traffic: Sendable {
        /// Connections that were opened.
        package var opened = 0
        /// Connections that have ended, by reason.
        package var closed: [String: Int] = [:]
        /// Engine.IO messages that came in, and their bytes without framing.
        package var (packetsIn, bytesIn) = (0, 0)
        /// Engine.IO messages that went out, and their bytes without framing.
        package var (packetsOut, bytesOut) = (0, 0)

        /// Nothing.
        package init() {}
    }

    /// How many connections are open.
    package private(set) var connectionCount = 0
    private var traffic = Traffic()
    /// Those that began on polling and were not seen on anything else yet.
    private var polling: [ObjectIdentifier: ClientConnection] = [:]

    /// What has happened since the last call.
    package func takeTraffic() -> Traffic {
        defer { self.traffic = Traffic() }
        return self.traffic
    }

    /// Looks which connections are on polling still.
    ///
    /// - Returns: How many are, and the sockets of those that have been upgraded since the last call.
    package func takeUpgraded() -> (pollingCount: Int, upgraded: [Socket]) {
        var upgraded: [Socket] = []
        for (key, client) in self.polling where client.connection.transport != .polling {
            self.polling[key] = nil
            upgraded += client.sockets
        }
        return (self.polling.count, upgraded)
    }

    func opened(_ client: ClientConnection) {
        self.connectionCount += 1
        self.traffic.opened += 1
        if client.connection.transport == .polling { self.polling[ObjectIdentifier(client)] = client }
    }

    func closed(_ client: ClientConnection, _ reason: EngineCloseReason) {
        self.connectionCount -= 1
        self.traffic.closed[reason.rawValue, default: 0] += 1
        self.polling[ObjectIdentifier(client)] = nil
    }

    func received(bytes: Int) {
        self.traffic.packetsIn += 1
        self.traffic.bytesIn += bytes
    }

    func sent(_ message: EngineMessage, to receiverCount: Int) {
        let bytes = message.attachments.reduce(message.text?.readableBytes ?? 0) { $0 + $1.readableBytes }
        self.traffic.packetsOut += receiverCount * (message.attachments.count + (message.text == nil ? 0 : 1))
        self.traffic.bytesOut += receiverCount * bytes
    }
}
