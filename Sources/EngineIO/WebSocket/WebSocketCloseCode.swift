// Licensed under the MIT licence.

/// Why a WebSocket is closed (RFC 6455 §7.4.1).
struct WebSocketCloseCode: RawRepresentable, Equatable, Sendable {
    var rawValue: UInt16

    /// The purpose was fulfilled: 1000.
    static let normal = Self(rawValue: 1000)
    /// A frame or a sequence of frames breaks the protocol: 1002.
    static let protocolError = Self(rawValue: 1002)
    /// Text is not UTF-8: 1007.
    static let invalidPayload = Self(rawValue: 1007)
    /// A policy of the server, such as a rate, was broken: 1008.
    static let policyViolation = Self(rawValue: 1008)
    /// A message is too big: 1009.
    static let messageTooBig = Self(rawValue: 1009)
    /// This side cannot go on: 1011.
    static let internalError = Self(rawValue: 1011)

    /// Whether a peer may send this code: the registered ones and the ranges for libraries and applications (§7.4.2).
    var mayBeSent: Bool {
        switch self.rawValue {
        case 1000...1003, 1007...1011, 3000...4999: true
        default: false
        }
    }
}
