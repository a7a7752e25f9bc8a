// Licensed under the MIT licence.

internal import NIOCore

/// The opening handshake of RFC 6455 §4, the client's side.
enum WebSocketOpening {
    enum Answer {
        case incomplete
        /// The bytes after the answer are the first frames.
        case accepted(ByteBuffer)
        case refused(EngineClientCloseReason)
    }

    /// The sample nonce of RFC 6455 §1.3, whose answer is known.
    ///
    /// A nonce only proves to this client that the peer speaks WebSocket, which it still does; computing SHA-1 for
    /// each of many thousand connections would prove no more.
    private static let key = "dGhlIHNhbXBsZSBub25jZQ=="
    private static let expectedAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    private static let maximumAnswerBytes = 32_768

    static func writeRequest(_ options: EngineClientOptions, sid: String?, into buffer: inout ByteBuffer) {
        buffer.writeString(
            "GET \(options.target(transport: "websocket", sid: sid)) HTTP/1.1\r\nHost: \(options.hostHeader)\r\n"
        )
        buffer.writeString(
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: \(self.key)\r\n"
        )
        for header in options.headers {
            buffer.writeString("\(header.name): \(header.value)\r\n")
        }
        buffer.writeString("\r\n")
    }

    static func readAnswer(_ answer: ByteBuffer) -> Answer {
        let view = answer.readableBytesView
        guard let end = self.endOfHead(view) else {
            if view.count > self.maximumAnswerBytes { return .refused(.protocolViolation("an endless HTTP answer")) }
            return .incomplete
        }
        let head = String(decoding: view[..<end], as: UTF8.self)
        let rest = answer.getSlice(at: end, length: view.endIndex - end) ?? ByteBuffer()
        let lines = head.split(separator: "\r\n")
        let statusLine = lines.first.map { $0.split(separator: " ", maxSplits: 2) } ?? []
        guard statusLine.count >= 2, statusLine[0].hasPrefix("HTTP/1."), let status = Int(statusLine[1]) else {
            return .refused(.protocolViolation("no HTTP answer to the WebSocket handshake"))
        }
        guard status == 101 else { return .refused(.refused(status: status, body: String(buffer: rest))) }
        let accepted = lines.dropFirst().contains { line in
            let field = line.split(separator: ":", maxSplits: 1)
            return field.count == 2 && field[0].lowercased() == "sec-websocket-accept"
                && field[1].drop(while: { $0 == " " }).prefix(28) == self.expectedAccept
        }
        return accepted ? .accepted(rest) : .refused(.protocolViolation("wrong Sec-WebSocket-Accept"))
    }

    /// The index after the empty line.
    private static func endOfHead(_ view: ByteBufferView) -> Int? {
        var matched = 0
        let end: [UInt8] = [13, 10, 13, 10]
        for index in view.indices {
            let byte = view[index]
            matched = byte == end[matched] ? matched + 1 : (byte == 13 ? 1 : 0)
            if matched == 4 { return index + 1 }
        }
        return nil
    }
}
