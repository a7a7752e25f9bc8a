// Licensed under the MIT licence.

/// The type of an Engine.IO packet; the raw value is its number on the wire (Engine.IO protocol v4, "Protocol").
public enum PacketType: UInt8, Sendable, Hashable, CaseIterable {
    /// The handshake's answer, with the session's data as JSON.
    ///
    /// Sent by the server alone.
    case open = 0
    /// Ends the session.
    case close = 1
    /// A heartbeat's first half, or with the data `probe` the test of a transport.
    case ping = 2
    /// The answer to a ping, with the same data.
    case pong = 3
    /// Data of the layer above.
    case message = 4
    /// The client's last word in an upgrade: from here on the new transport is the session's.
    case upgrade = 5
    /// Nothing; releases a pending poll.
    case noop = 6

    /// Reads the ASCII digit that a text packet begins with; anything but `0`…`6` is `nil`.
    package init?(asciiDigit byte: UInt8) {
        guard byte >= UInt8(ascii: "0") else { return nil }
        self.init(rawValue: byte - UInt8(ascii: "0"))
    }

    /// The ASCII digit that a text packet begins with.
    package var asciiDigit: UInt8 { self.rawValue + UInt8(ascii: "0") }
}
