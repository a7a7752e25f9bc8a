// Licensed under the MIT licence.

/// What a client and this server agreed on for `permessage-deflate` (RFC 7692 §7.1).
package struct DeflateAgreement: Hashable, Sendable {
    /// How far this side looks back, as a power of two.
    package var serverWindowBits: Int
    /// How far the client looks back, as a power of two.
    package var clientWindowBits: Int
    package var serverNoContextTakeover: Bool
    package var clientNoContextTakeover: Bool
    /// Whether the client understands to be told `client_max_window_bits`.
    private var tellsClientWindowBits: Bool
    private var tellsServerWindowBits: Bool

    /// The first offer that can be taken, as this side answers it.
    /// - Parameters:
    ///   - offers: What the client offers, in its order of preference.
    ///   - options: What this side wants.
    package init?(offers: [WebSocketExtension], options: PerMessageDeflate) {
        for offer in offers {
            guard let agreement = DeflateOffer(offer).flatMap({ Self(offer: $0, options: options) }) else { continue }
            self = agreement
            return
        }
        return nil
    }

    private init?(offer: DeflateOffer, options: PerMessageDeflate) {
        let range = PerMessageDeflate.windowBitsRange
        let serverLimit = min(max(options.serverMaxWindowBits, range.lowerBound), range.upperBound)
        let clientLimit = min(max(options.clientMaxWindowBits, range.lowerBound), range.upperBound)
        // The client's wish is an order (§7.1.2.1), and zlib cannot follow the smallest.
        let serverBits = min(offer.serverMaxWindowBits ?? serverLimit, serverLimit)
        guard serverBits >= range.lowerBound else { return nil }
        // Only a client that offers it may be told how far to look back (§7.1.2.2).
        guard offer.clientMaxWindowBits != nil || clientLimit == range.upperBound else { return nil }
        self.serverWindowBits = serverBits
        self.clientWindowBits = min(offer.clientMaxWindowBits ?? range.upperBound, clientLimit)
        self.serverNoContextTakeover = offer.serverNoContextTakeover || options.serverNoContextTakeover
        self.clientNoContextTakeover = offer.clientNoContextTakeover || options.clientNoContextTakeover
        self.tellsClientWindowBits = offer.clientMaxWindowBits != nil && self.clientWindowBits < range.upperBound
        self.tellsServerWindowBits = offer.serverMaxWindowBits != nil || serverLimit < range.upperBound
    }

    /// What another process agreed on with the client.
    ///
    /// - Parameters:
    ///   - serverWindowBits: How far this side looks back; `nil` comes of what zlib cannot do.
    ///   - clientWindowBits: How far the client looks back, likewise.
    ///   - serverNoContextTakeover: Whether each message of this side stands alone.
    ///   - clientNoContextTakeover: Whether each message of the client stands alone.
    package init?(
        serverWindowBits: Int,
        clientWindowBits: Int,
        serverNoContextTakeover: Bool,
        clientNoContextTakeover: Bool
    ) {
        let range = PerMessageDeflate.windowBitsRange
        guard range.contains(serverWindowBits), range.contains(clientWindowBits) else { return nil }
        self.serverWindowBits = serverWindowBits
        self.clientWindowBits = clientWindowBits
        self.serverNoContextTakeover = serverNoContextTakeover
        self.clientNoContextTakeover = clientNoContextTakeover
        // The client has been told.
        self.tellsClientWindowBits = false
        self.tellsServerWindowBits = false
    }

    /// The value of the answer's `Sec-WebSocket-Extensions`.
    package var headerValue: String {
        var value = DeflateOffer.name
        if self.serverNoContextTakeover { value += "; server_no_context_takeover" }
        if self.clientNoContextTakeover { value += "; client_no_context_takeover" }
        if self.tellsServerWindowBits { value += "; server_max_window_bits=\(self.serverWindowBits)" }
        if self.tellsClientWindowBits { value += "; client_max_window_bits=\(self.clientWindowBits)" }
        return value
    }
}

/// One offer of `permessage-deflate`; none if its name or a parameter is not of the extension's (RFC 7692 §7.1).
private struct DeflateOffer {
    static let name = "permessage-deflate"
    /// What may be offered; the smallest is not what may be agreed on.
    static let windowBits = 8...15

    var serverMaxWindowBits: Int?
    /// The largest window if the client only says that it understands the parameter.
    var clientMaxWindowBits: Int?
    var serverNoContextTakeover = false
    var clientNoContextTakeover = false

    init?(_ offered: WebSocketExtension) {
        guard offered.name.lowercased() == Self.name else { return nil }
        var names: Set<String> = []
        for parameter in offered.parameters {
            guard names.insert(parameter.name).inserted else { return nil }
            switch (parameter.name, parameter.value) {
            case ("server_no_context_takeover", nil):
                self.serverNoContextTakeover = true
            case ("client_no_context_takeover", nil):
                self.clientNoContextTakeover = true
            case ("server_max_window_bits", let value?):
                guard let bits = Self.bits(value) else { return nil }
                self.serverMaxWindowBits = bits
            case ("client_max_window_bits", nil):
                self.clientMaxWindowBits = Self.windowBits.upperBound
            case ("client_max_window_bits", let value?):
                guard let bits = Self.bits(value) else { return nil }
                self.clientMaxWindowBits = bits
            default:
                return nil
            }
        }
    }

    /// A decimal integer without leading zeros (§7.1.2).
    private static func bits(_ text: String) -> Int? {
        self.windowBits.first { String($0) == text }
    }
}
