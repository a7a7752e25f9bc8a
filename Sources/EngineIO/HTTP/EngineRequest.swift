// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import NIOHTTP1

/// A request on an Engine.IO path, as far as it has been received.
struct EngineRequest {
    let head: HTTPRequestHead
    let settings: EngineSettings
    /// The direct peer's address, or what the PROXY protocol says; empty if there is none.
    private let peer: String
    var body = ByteBuffer()
    /// The session it visits, once known.
    var sessionID: SessionID?
    /// What was agreed on with a client that wants a WebSocket.
    private(set) var deflate: DeflateAgreement?

    init(head: HTTPRequestHead, settings: EngineSettings, peer: String = "") {
        self.head = head
        self.settings = settings
        self.peer = peer
    }

    /// The request as the application sees it.
    var publicHead: EngineRequestHead {
        let headers = self.head.headers
        let origin = self.settings.options.trustedProxies.origin(peer: self.peer, isSecure: self.settings.isSecure) {
            headers[$0]
        }
        return EngineRequestHead(
            method: self.head.method.rawValue,
            target: self.head.uri,
            headers: HeaderBlock(headers.lazy.map { ($0.name, $0.value) }),
            address: origin.address,
            isSecure: origin.isSecure
        )
    }

    /// What the application adds to the answer, which opens a session if `id` names one.
    func applicationFields(opening id: SessionID?) -> [(name: String, value: String)] {
        let options = self.settings.options
        let initialHook = id == nil ? nil : options.initialHeaders
        var fields: [(name: String, value: String)] = []
        if let cookie = options.cookie, let id { fields.append(("set-cookie", cookie.headerValue(id))) }
        guard options.headers != nil || initialHook != nil else { return fields }
        let head = self.publicHead
        if let initialHook { fields += initialHook(head) }
        if let hook = options.headers { fields += hook(head) }
        return fields
    }

    /// Whether the request names its host as HTTP/1.1 demands: once (RFC 9112 §3.2).
    static func namesHost(_ head: HTTPRequestHead) -> Bool {
        head.version.major == 1 && head.version.minor == 0 || head.headers["host"].count == 1
    }

    /// Whether the announced length, if there is one, may be received.
    var hasAcceptableLength: Bool {
        guard let text = self.head.headers.first(name: "content-length") else { return true }
        guard let length = Int(text) else { return false }
        return length <= self.settings.options.maxHTTPBufferSize
    }

    /// Takes a piece of the body.
    ///
    /// Returns false once there is too much of it.
    mutating func append(_ bytes: ByteBuffer) -> Bool {
        guard self.body.readableBytes + bytes.readableBytes <= self.settings.options.maxHTTPBufferSize else {
            return false
        }
        if self.body.readableBytes == 0 { self.body = bytes } else { self.body.writeImmutableBuffer(bytes) }
        return true
    }

    /// Whether the client asks for a WebSocket (RFC 6455 §4.1).
    var isUpgrade: Bool {
        self.head.headers[canonicalForm: "upgrade"].contains { $0.lowercased() == "websocket" }
            && self.head.headers[canonicalForm: "connection"].contains { $0.lowercased() == "upgrade" }
    }

    /// Whether the opening handshake's key is sixteen bytes in base64 (RFC 6455 §4.2.1); NIO looks for its presence only.
    var hasWebSocketKey: Bool {
        let keys = self.head.headers["sec-websocket-key"]
        guard keys.count == 1, let key = keys.first?.utf8, key.count == 24, key.suffix(2).elementsEqual("==".utf8)
        else {
            return false
        }
        return key.prefix(22).allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
                true
            default: false
            }
        }
    }

    /// Looks at the extensions that a client of a WebSocket offers, if this side has any.
    mutating func agreeOnExtensions() throws(HandshakeError) {
        guard let options = self.settings.options.perMessageDeflate else { return }
        let fields = self.head.headers["sec-websocket-extensions"]
        guard !fields.isEmpty else { return }
        guard let offers = WebSocketExtension.parse(fields.joined(separator: ",")) else { throw .badRequest }
        self.deflate = DeflateAgreement(offers: offers, options: options)
    }

    /// Engine.IO 3 binary payloads need exactly this content type.
    var isBinary: Bool {
        self.head.headers.first(name: "content-type") == "application/octet-stream"
    }

    private var originHeader: String? { self.head.headers.first(name: "origin") }

    var origin: RequestRoute.Origin {
        self.settings.options.cors.origins.allows(self.originHeader) ? .accepted : .foreign
    }

    /// The origin that may read the answer.
    var allowedOrigin: String? {
        guard let origin = self.originHeader, self.settings.options.cors.origins.allows(origin) else { return nil }
        return origin
    }

    /// JSONP gets round the browser's origin rule, and its requests carry no origin: where origins are restricted it is not
    /// served.
    func checkJSONP(_ index: JSONP.Index?) throws(HandshakeError) {
        guard index == nil || self.settings.options.cors.origins == .any else { throw .forbidden }
    }
}
