// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import NIOHTTP1

@testable import EngineIO

/// A mount whose sessions take everything and say nothing.
func makeSettings(_ options: EngineIOOptions = .init(), path: String = "/engine.io/") -> EngineSettings {
    EngineSettings(path: path, options: options, sendPath: .nio) { _ in SilentHandler() }
}

/// A request with these header fields.
func makeRequest(
    _ fields: [(String, String)] = [],
    method: HTTPMethod = .GET,
    target: String = "/engine.io/",
    options: EngineIOOptions = .init(),
    peer: SocketAddress? = nil
) -> EngineRequest {
    let head = HTTPRequestHead(version: .http1_1, method: method, uri: target, headers: HTTPHeaders(fields))
    return EngineRequest(head: head, settings: makeSettings(options), peer: peer?.ipAddress ?? "")
}

final class SilentHandler: EngineConnectionHandler {
    func textReceived(_ text: ByteBuffer) {}
    func binaryReceived(_ bytes: ByteBuffer) {}
    func closed(_ reason: EngineCloseReason) {}
}
