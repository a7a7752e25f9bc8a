// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import NIOHTTP1

/// A request on an Engine.IO path, as far as it has been received.
struct EngineRequest {
    let head: HTTPRequestHead
    let settings: EngineSettings
    var body = ByteBuffer()
    /// The session it visits, once known.
    var sessionID: SessionID?

    init(head: HTTPRequestHead, settings: EngineSettings) {
        self.head = head
        self.settings = settings
    }

    /// Whether the announced length, if there is one, may be received.
    var hasAcceptableLength: Bool {
        guard let text = self.head.headers.first(name: "content-length") else { return true }
        guard let length = Int(text) else { return false }
        return length <= self.settings.options.maxPayloadBytes
    }

    /// Takes a piece of the body. Returns false once there is too much of it.
    mutating func append(_ bytes: ByteBuffer) -> Bool {
        guard self.body.readableBytes + bytes.readableBytes <= self.settings.options.maxPayloadBytes else { return false }
        if self.body.readableBytes == 0 { self.body = bytes } else { self.body.writeImmutableBuffer(bytes) }
        return true
    }

    /// Whether the client asks for a WebSocket (RFC 6455 §4.1).
    var isUpgrade: Bool {
        self.head.headers[canonicalForm: "upgrade"].contains { $0.lowercased() == "websocket" }
            && self.head.headers[canonicalForm: "connection"].contains { $0.lowercased() == "upgrade" }
    }

    /// Engine.IO 3 binary payloads need exactly this content type.
    var isBinary: Bool {
        self.head.headers.first(name: "content-type") == "application/octet-stream"
    }

    private var originHeader: String? { self.head.headers.first(name: "origin") }

    var origin: RequestRoute.Origin {
        self.settings.options.corsOrigins.allows(self.originHeader) ? .accepted : .foreign
    }

    /// The origin that may read the answer.
    var allowedOrigin: String? {
        guard let origin = self.originHeader, self.settings.options.corsOrigins.allows(origin) else { return nil }
        return origin
    }

    /// JSONP gets round the browser's origin rule, and its requests carry no origin: where origins are restricted it is not
    /// served.
    func checkJSONP(_ index: JSONP.Index?) throws(HandshakeError) {
        guard index == nil || self.settings.options.corsOrigins == .any else { throw .forbidden }
    }

    /// The payload in the form that JSONP posts.
    func jsonpBody() throws(HandshakeError) -> ByteBuffer {
        do { return try JSONP.payload(ofPost: self.body) } catch { throw .badRequest }
    }
}
