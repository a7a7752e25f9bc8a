// Licensed under the MIT licence.

import NIOCore
import Testing

@testable import SocketIOClient

@Suite struct WebSocketOpeningTests {
    private static let accepted =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nSEC-WebSocket-Accept:s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"

    @Test func answerIsIncompleteUntilItsLastByte() {
        let bytes = Array(Self.accepted.utf8)
        for count in 0..<bytes.count {
            guard case .incomplete = WebSocketOpening.readAnswer(ByteBuffer(bytes: bytes.prefix(count))) else {
                Issue.record("complete after \(count) bytes")
                return
            }
        }
    }

    @Test func bytesBehindTheAnswerAreKept() {
        guard case .accepted(let rest) = WebSocketOpening.readAnswer(ByteBuffer(string: Self.accepted + "\r\nrest"))
        else {
            Issue.record("not accepted")
            return
        }
        #expect(String(buffer: rest) == "\r\nrest")
    }

    @Test(arguments: [
        "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: wrong\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\n\r\n",
        "HTTP/1.1 abc\r\n\r\n",
        "SSH-2.0-x\r\n\r\n",
        "\r\n\r\n",
        String(repeating: "x", count: 40_000),
    ])
    func otherAnswersAreViolations(answer: String) {
        guard case .refused(.protocolViolation) = WebSocketOpening.readAnswer(ByteBuffer(string: answer)) else {
            Issue.record("not a violation")
            return
        }
    }

    @Test func statusIsTold() {
        let answer = ByteBuffer(string: "HTTP/1.1 400 Bad Request\r\n\r\n{\"code\":1}")
        guard case .refused(let reason) = WebSocketOpening.readAnswer(answer) else {
            Issue.record("not refused")
            return
        }
        #expect(reason == .refused(status: 400, body: "{\"code\":1}"))
    }

    @Test func requestCarriesQueryAndHeaders() throws {
        var options = try EngineClientOptions(port: 8080)
        options.query = [(name: "to ken", value: "a&b=é")]
        options.headers = [(name: "Origin", value: "http://example.org")]
        var buffer = ByteBuffer()
        WebSocketOpening.writeRequest(options, sid: "x/y", into: &buffer)
        let lines = String(buffer: buffer).split(separator: "\r\n")
        #expect(lines[0] == "GET /socket.io/?EIO=4&transport=websocket&sid=x%2Fy&to%20ken=a%26b%3D%C3%A9 HTTP/1.1")
        #expect(lines.contains("Host: 127.0.0.1:8080"))
        #expect(lines.contains("Origin: http://example.org"))
        #expect(String(buffer: buffer).hasSuffix("\r\n\r\n"))
    }
}
