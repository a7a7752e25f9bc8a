// Licensed under the MIT licence.

import NIOCore
import Testing

@testable import EngineIO

/// A client's end of a WebSocket, frame by frame.
final class WebSocketDialogue {
    private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private var bytes = ByteBuffer()

    private init(
        inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator,
        outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) {
        self.inbound = inbound
        self.outbound = outbound
    }

    /// Opens a WebSocket, and closes its connection behind `body`.
    static func with(
        _ server: LoopbackServer,
        _ target: String,
        _ fields: String...,
        body: (WebSocketDialogue) async throws -> Void
    ) async throws {
        let lines =
            [
                "GET \(target) HTTP/1.1", "Host: localhost", "Connection: Upgrade", "Upgrade: websocket",
                "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            ] + fields
        let channel = try await server.connect(saying: lines.joined(separator: "\r\n") + "\r\n\r\n")
        try await channel.executeThenClose { inbound, outbound in
            let dialogue = WebSocketDialogue(inbound: inbound.makeAsyncIterator(), outbound: outbound)
            let head = try await dialogue.readHead()
            try #require(head.status == 101, "\(head)")
            try await body(dialogue)
        }
    }

    private func readHead() async throws -> String {
        while true {
            if let end = self.bytes.readableBytesView.firstRange(of: "\r\n\r\n".utf8) {
                return self.bytes.readString(length: end.upperBound - self.bytes.readerIndex) ?? ""
            }
            guard try await self.readMore() else { return String(buffer: self.bytes) }
        }
    }

    private func readMore() async throws -> Bool {
        guard var received = try await self.inbound.next() else { return false }
        self.bytes.writeBuffer(&received)
        return true
    }

    func send(_ frames: ClientFrame...) async throws {
        try await self.outbound.write(ByteBuffer(bytes: frames.flatMap(\.bytes)))
    }

    /// Sends what was made ready before, since to mask much takes long.
    func send(bytes: [UInt8]) async throws {
        try await self.outbound.write(ByteBuffer(bytes: bytes))
    }

    func send(text: String) async throws {
        try await self.send(.text(text))
    }

    /// The next frame; nothing once the connection has ended.
    func next() async throws -> (opcode: UInt8, payload: ByteBuffer)? {
        while true {
            if let frame = self.readFrame() { return frame }
            do {
                guard try await self.readMore() else { return nil }
            } catch is IOError {
                // A connection that is reset has ended, too.
                return nil
            }
        }
    }

    /// The text of the next frame.
    func nextText() async throws -> String? {
        try await self.next().map { String(buffer: $0.payload) }
    }

    private func readFrame() -> (opcode: UInt8, payload: ByteBuffer)? {
        var rest = self.bytes
        guard let (first, second) = rest.readMultipleIntegers(as: (UInt8, UInt8).self) else { return nil }
        let length: Int?
        switch second {
        case 126: length = rest.readInteger(as: UInt16.self).map { Int($0) }
        case 127: length = rest.readInteger(as: UInt64.self).map { Int($0) }
        default: length = Int(second)
        }
        guard let length, let payload = rest.readSlice(length: length) else { return nil }
        self.bytes = rest
        return (first & 0x0f, payload)
    }

    /// Proves itself to the session, takes it over, and waits until an echo shows that it has.
    func upgrade() async throws {
        try await self.send(text: "2probe")
        let answer = try await self.nextText()
        try #require(answer == "3probe")
        try await self.send(text: "5")
        try await self.send(text: "4ready")
        let echo = try await self.nextText()
        try #require(echo == "4ready")
    }
}
