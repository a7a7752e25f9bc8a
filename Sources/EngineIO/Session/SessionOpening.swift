// Licensed under the MIT licence.

import EngineIOCore

/// A session that a client wants to open, before there is one.
struct SessionOpening {
    let request: EngineRequest
    let id: SessionID
    let handshake: EngineHandshake
    let jsonp: JSONP.Index?
    /// Whether the client cannot take binary bodies (Engine.IO 3, `b64=1` in the handshake).
    let wantsBase64: Bool

    init(
        _ request: EngineRequest,
        id: SessionID,
        revision: ProtocolRevision,
        transport: TransportName,
        jsonp: JSONP.Index?,
        query: HandshakeQuery
    ) {
        let head = request.publicHead
        self.request = request
        self.id = id
        self.handshake = EngineHandshake(
            revision: revision,
            transport: transport,
            target: head.target,
            headers: head.headers,
            address: head.address,
            isSecure: head.isSecure,
            issuedMilliseconds: WallClock.milliseconds
        )
        self.jsonp = jsonp
        self.wantsBase64 = query.wantsBase64
    }
}
