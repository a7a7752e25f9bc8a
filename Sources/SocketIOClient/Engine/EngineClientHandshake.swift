// Licensed under the MIT licence.

package import NIOCore
internal import WireJSON

/// What the server said in its open packet (Engine.IO protocol v4, "Handshake").
package struct EngineClientHandshake: Sendable, Equatable {
    package var sid: String
    package var upgrades: [String]
    package var pingInterval: TimeAmount
    package var pingTimeout: TimeAmount
    /// `nil` in Engine.IO 3 servers, which do not tell.
    package var maxPayloadBytes: Int?

    /// Reads `{"sid":"…","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`;
    /// anything less is `nil`.
    init?(json: ByteBuffer) {
        guard
            let object = try? JSONValue(validating: json),
            let sid = object.member("sid")?.stringValue, !sid.isEmpty,
            let interval = object.member("pingInterval")?.intValue, (1...86_400_000).contains(interval),
            let timeout = object.member("pingTimeout")?.intValue, (1...86_400_000).contains(timeout)
        else { return nil }
        self.sid = sid
        self.upgrades = object.member("upgrades")?.elements.compactMap(\.stringValue) ?? []
        self.pingInterval = .milliseconds(Int64(interval))
        self.pingTimeout = .milliseconds(Int64(timeout))
        self.maxPayloadBytes = object.member("maxPayload")?.intValue
    }
}
