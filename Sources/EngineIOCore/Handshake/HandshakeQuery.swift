// Licensed under the MIT licence.

import NIOCore

/// The query of a request to an Engine.IO path, decoded.
///
/// Six names are the protocol's: `EIO`, `transport`, `sid`, `j`, `b64` and `t`; all others are the application's, to
/// whom the whole list goes in the order of the request. A repeated name has its last value; but `EIO` repeated with another
/// value is none that is supported, and whether `sid` is repeated is kept, because that is refused.
public struct HandshakeQuery: Sendable {
    /// All parameters in the order of the request, decoded, repeated ones included.
    ///
    /// Bytes that are not UTF-8 after decoding have become U+FFFD. A parameter without `=` has an empty value.
    public let parameters: [(name: String, value: String)]

    /// The protocol revision asked for; `3` or `4`.
    public private(set) var eio: String?
    /// The transport's name.
    public private(set) var transport: String?
    /// The session's id.
    ///
    /// Missing in a handshake; an empty one counts as missing.
    public private(set) var sid: String?
    /// The JSONP callback's number.
    public private(set) var j: String?
    /// Set to anything (clients say `1`) if the client cannot take binary bodies (Engine.IO 3).
    public private(set) var b64: String?
    /// A cache-buster.
    ///
    /// Means nothing.
    public private(set) var t: String?
    /// Whether `sid` occurs more than once.
    public private(set) var isSIDRepeated = false

    /// Decodes a query.
    /// - Parameters:
    ///   - query: The bytes between `?` and the end of the request's target, without the `?`. `nil` or nothing if there
    ///     are none.
    ///   - limits: Bounds the bytes and the number of parameters.
    /// - Throws: ``HandshakeError/badRequest`` beyond ``EngineIOLimits/maximumQueryBytes`` or
    ///   ``EngineIOLimits/maximumQueryParameters``. Strange encoding never throws.
    public init(_ query: some Collection<UInt8>, limits: EngineIOLimits = EngineIOLimits()) throws(HandshakeError) {
        guard query.count <= limits.maximumQueryBytes else { throw .badRequest }
        var parameters: [(name: String, value: String)] = []
        var scratch = ByteBuffer()
        var rest = query[...]
        while !rest.isEmpty {
            let pair = rest.prefix { $0 != UInt8(ascii: "&") }
            rest = rest[pair.endIndex...].dropFirst()
            guard !pair.isEmpty else { continue }
            guard parameters.count < limits.maximumQueryParameters else { throw .badRequest }
            let name = pair.prefix { $0 != UInt8(ascii: "=") }
            let value = pair[name.endIndex...].dropFirst()
            parameters.append((Self.decode(name, &scratch), Self.decode(value, &scratch)))
        }
        self.parameters = parameters
        for (name, value) in parameters { self.note(name, value) }
    }

    /// Decodes the query of a request target such as `/socket.io/?EIO=4&transport=polling`.
    ///
    /// A fragment, which no client sends, is not part of the query.
    /// - Throws: As ``init(_:limits:)``.
    public init(target: String, limits: EngineIOLimits = EngineIOLimits()) throws(HandshakeError) {
        let target = target.utf8.prefix { $0 != UInt8(ascii: "#") }
        let query = target.drop { $0 != UInt8(ascii: "?") }.dropFirst()
        try self.init(query, limits: limits)
    }

    /// The last value of a parameter, or `nil`.
    public subscript(name: String) -> String? {
        self.parameters.last { $0.name == name }?.value
    }

    /// Whether the client asked for base64 instead of binary bodies: `b64` is there and not empty, or the answer is
    /// JSONP.
    ///
    /// Counts in the handshake alone, which decides for the session's life.
    public var wantsBase64: Bool {
        if let b64, !b64.isEmpty { return true }
        return self.j != nil
    }

    private mutating func note(_ name: String, _ value: String) {
        switch name {
        // Two revisions at once are none.
        case "EIO": self.eio = self.eio == nil || self.eio == value ? value : ""
        case "transport": self.transport = value
        case "sid":
            self.isSIDRepeated = self.isSIDRepeated || self.sid != nil
            self.sid = value
        case "j": self.j = value
        case "b64": self.b64 = value
        case "t": self.t = value
        default: break
        }
    }

    private static func decode(_ bytes: some Collection<UInt8>, _ scratch: inout ByteBuffer) -> String {
        // Most names and values hold nothing that is encoded.
        guard bytes.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) else {
            return String(decoding: bytes, as: UTF8.self)
        }
        scratch.clear()
        PercentEncoding.decodeForm(bytes, into: &scratch)
        return String(decoding: scratch.readableBytesView, as: UTF8.self)
    }
}
