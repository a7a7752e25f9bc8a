// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import SocketIOTesting
import Testing

@Suite struct ForwardedMessageTests {
    private static let node = NodeAddress(random: 0x1234_5678_9abc)
    private static let visit = ForwardedVisit(
        id: SessionID(shardIndex: 3, random: (4, 5), node: Self.node),
        path: "/socket.io/"
    )
    private static let deflate = DeflateAgreement(
        serverWindowBits: 15,
        clientWindowBits: 9,
        serverNoContextTakeover: true,
        clientNoContextTakeover: false
    )
    private static let bytes = ByteBuffer(string: "4hello")

    static let contents: [ForwardedContent] = [
        .poll(Self.visit, wantsText: false),
        .poll(Self.visit, wantsText: true),
        .post(Self.visit, isBinary: false, body: Self.bytes),
        .post(Self.visit, isBinary: true, body: ByteBuffer()),
        .post(Self.visit, isBinary: false, body: nil),
        .misfit(Self.visit),
        .upgrade(Self.visit),
        .opened(nil, ByteBuffer()),
        .opened(Self.deflate, Self.bytes),
        .fellThrough,
        .left(Self.visit),
        .release,
        .answer(.payload(contentType: "text/plain; charset=UTF-8", Self.bytes)),
        .answer(.ok),
        .answer(.accepted),
        .answer(.badRequest),
        .answer(.unknownSession),
        .answer(.busy),
        .data(sequence: .max, Self.bytes),
        .taken(65_536),
        .ended,
        .probe,
    ]

    private func message(_ content: ForwardedContent, isFromVisitor: Bool = true) -> ForwardedMessage {
        ForwardedMessage(sender: Self.node, isFromVisitor: isFromVisitor, number: 0x0102_0304, content: content)
    }

    @Test func `the bytes of a message`() {
        var expected = ByteBuffer(bytes: [1, 0xa1])
        expected.writeString(Self.node.encoded)
        expected.writeBytes([0, 0, 0, 0, 1, 2, 3, 4, 0, 1, 0, 0])
        #expect(self.message(.taken(65_536), isFromVisitor: false).encoded == expected)
    }

    @Test(arguments: Self.contents, [true, false])
    func `reading and writing are inverse`(content: ForwardedContent, isFromVisitor: Bool) {
        let message = self.message(content, isFromVisitor: isFromVisitor)
        #expect(ForwardedMessage(message.encoded) == message)
    }

    @Test(arguments: Self.contents)
    func `what is cut off is no message, or another one of the same kind`(content: ForwardedContent) {
        let encoded = self.message(content).encoded
        for length in 0..<encoded.readableBytes {
            guard let cut = encoded.getSlice(at: 0, length: length), let read = ForwardedMessage(cut) else { continue }
            #expect(read.encoded == cut)
        }
    }

    @Test(arguments: [
        ForwardedContent.misfit(Self.visit), .fellThrough, .release, .ended, .probe, .taken(1), .answer(.ok),
    ])
    func `what has more behind it is no message`(content: ForwardedContent) {
        var encoded = self.message(content).encoded
        encoded.writeInteger(UInt8(0))
        #expect(ForwardedMessage(encoded) == nil)
    }

    @Test func `another version is no message`() {
        var encoded = self.message(.probe).encoded
        encoded.setInteger(UInt8(2), at: 0)
        #expect(ForwardedMessage(encoded) == nil)
    }

    @Test func `a window that zlib cannot do is no message`() {
        var encoded = self.message(.opened(Self.deflate, ByteBuffer())).encoded
        encoded.setInteger(UInt8(8), at: 19)
        #expect(ForwardedMessage(encoded) == nil)
    }

    @Test func `any bytes are a message or none`() {
        for seed in UInt64(0)..<2_000 {
            var random = SeededGenerator(seed: seed)
            var encoded = self.message(Self.contents.randomElement(using: &random) ?? .probe).encoded
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                encoded.setInteger(
                    UInt8.random(in: 0...255, using: &random),
                    at: Int.random(in: 0..<encoded.readableBytes, using: &random)
                )
            }
            guard let read = ForwardedMessage(encoded) else { continue }
            #expect(ForwardedMessage(read.encoded) == read, "seed \(seed)")
        }
    }
}
