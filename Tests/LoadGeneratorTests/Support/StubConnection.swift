// Licensed under the MIT licence.

import NIOCore

/// One WebSocket connection of the stub server: just enough of RFC 6455 for the client under test.
final class StubConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let chat: StubChat
    private var received = ByteBuffer()
    private var isOpen = false
    private var channel: (any Channel)?

    init(chat: StubChat) {
        self.chat = chat
    }

    func channelActive(context: ChannelHandlerContext) {
        self.channel = context.channel
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.chat.closed(self)
        self.channel = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = self.unwrapInboundIn(data)
        self.received.writeBuffer(&bytes)
        if !self.isOpen {
            guard String(buffer: self.received).hasSuffix("\r\n\r\n") else { return }
            self.received.clear()
            self.isOpen = true
            // The answer to the client's constant key.
            let head = "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
            let answer = head + "sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
            context.writeAndFlush(self.wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
            self.send(StubChat.open)
        }
        while let text = self.nextText() { self.chat.received(text, from: self) }
    }

    func send(_ text: String) {
        var frame = ByteBuffer()
        let count = text.utf8.count
        frame.writeInteger(0x81 as UInt8)
        if count < 126 {
            frame.writeInteger(UInt8(count))
        } else if count < 65_536 {
            frame.writeInteger(126 as UInt8)
            frame.writeInteger(UInt16(count))
        } else {
            frame.writeInteger(127 as UInt8)
            frame.writeInteger(UInt64(count))
        }
        frame.writeString(text)
        self.channel?.writeAndFlush(frame, promise: nil)
    }

    func close() {
        self.channel?.close(promise: nil)
    }

    /// The next masked text frame; other frames are passed over.
    private func nextText() -> String? {
        while true {
            var rest = self.received
            guard let first = rest.readInteger(as: UInt8.self), let second = rest.readInteger(as: UInt8.self) else {
                return nil
            }
            var length = Int(second & 0x7F)
            if length == 126 {
                guard let wide = rest.readInteger(as: UInt16.self) else { return nil }
                length = Int(wide)
            } else if length == 127 {
                guard let wide = rest.readInteger(as: UInt64.self) else { return nil }
                length = Int(clamping: wide)
            }
            guard let key = rest.readBytes(length: 4), var payload = rest.readBytes(length: length) else { return nil }
            self.received = rest
            for index in payload.indices { payload[index] ^= key[index & 3] }
            if first == 0x81 { return String(decoding: payload, as: UTF8.self) }
        }
    }
}
