// Licensed under the MIT licence.

import EngineIOCore
import Logging

/// Gives each handshake an id, which its answer bears as those of the HTTP interface do, and says at `debug` that there is a session.
struct HandshakeLog: Sendable {
    let logger: Logger

    /// What a session that opens adds to the answer.
    func fields(_ request: EngineRequestHead) -> [(name: String, value: String)] {
        let id = CorrelationID(request.headers) ?? .random
        self.logger.debug("session opened", metadata: Self.metadata(request, id))
        return [(CorrelationID.fieldName, id.text)]
    }

    private static func metadata(_ request: EngineRequestHead, _ id: CorrelationID) -> Logger.Metadata {
        // They were found good before there was a session.
        let query = try? HandshakeQuery(target: request.target)
        return [
            "http.request_id": "\(id.text)",
            "eio.transport": "\(query?.transport ?? "")",
            "eio.protocol": "\(query?.eio ?? "")",
        ]
    }
}
