// Licensed under the MIT licence.

/// What a client said when it opened its session.
///
/// Kept for the life of the connection, so it holds the request's text as it came; query and headers are taken apart when asked.
public struct EngineHandshake: Sendable {
    /// The protocol revision, from the `EIO` parameter.
    public var revision: ProtocolRevision
    /// The transport the session was opened with.
    public var transport: TransportName
    /// The request's target: path and query, still encoded.
    public var target: String
    /// The request's header fields.
    public var headers: HeaderBlock
    /// The client's address without its port: the direct peer's, as the operating system tells it, or what
    /// ``EngineIOOptions/trustedProxies`` say.
    public var address: String
    /// Whether the client's connection is encrypted, as ``EngineIOOptions/trustedProxies`` say; this server itself speaks no TLS.
    public var isSecure: Bool
    /// When the handshake was received, in milliseconds since 1970, UTC (`issued` in Node.js).
    public var issuedMilliseconds: Int64

    /// Creates a handshake description.
    public init(
        revision: ProtocolRevision,
        transport: TransportName,
        target: String,
        headers: HeaderBlock,
        address: String,
        isSecure: Bool = false,
        issuedMilliseconds: Int64 = 0
    ) {
        self.revision = revision
        self.transport = transport
        self.target = target
        self.headers = headers
        self.address = address
        self.isSecure = isSecure
        self.issuedMilliseconds = issuedMilliseconds
    }

    /// The query, decoded, in the order of the request; `EIO` and `transport` are in it.
    public var query: [(name: String, value: String)] {
        // The target was accepted once, so it parses; an empty query is the answer for any other.
        (try? HandshakeQuery(target: self.target))?.parameters ?? []
    }
}

/// Header fields in one piece of text.
public struct HeaderBlock: Sendable, Sequence {
    // Names and values in turn, each ended by NUL, which no header field may hold (RFC 9110 §5.5).
    private var text = ""

    /// Creates a block from fields, in their order.
    public init(_ fields: some Sequence<(name: String, value: String)>) {
        for (name, value) in fields {
            self.text += name
            self.text += "\0"
            self.text += value
            self.text += "\0"
        }
        self.text.makeContiguousUTF8()
    }

    /// The fields, in order.
    public func makeIterator() -> AnyIterator<(name: String, value: String)> {
        var rest = Substring(self.text).utf8
        return AnyIterator {
            guard let nameEnd = rest.firstIndex(of: 0) else { return nil }
            let name = String(Substring(rest[..<nameEnd]))
            rest = rest[rest.index(after: nameEnd)...]
            guard let valueEnd = rest.firstIndex(of: 0) else { return nil }
            let value = String(Substring(rest[..<valueEnd]))
            rest = rest[rest.index(after: valueEnd)...]
            return (name, value)
        }
    }

    /// The first value of a field, whose name is compared without regard to case.
    public subscript(name: String) -> String? {
        let wanted = name.lowercased()
        return self.first { $0.name.lowercased() == wanted }?.value
    }
}
