// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import Testing

@testable import EngineIO

@Suite struct CompressedBroadcastTests {
    private static let long = String(repeating: "a broadcast to many. ", count: 100)
    private let fixture = ShardFixture()

    private static func options(
        _ deflate: PerMessageDeflate = .init()
    ) -> EngineIOOptions { EngineIOOptions(perMessageDeflate: deflate) }

    /// The packets of frames that a server sent; a compressed one is marked with `*`.
    private static func packets(_ bytes: [UInt8], _ inflater: MessageInflater? = nil) throws -> [String] {
        let inflater = inflater ?? MessageInflater(windowBits: 15, keepsContext: false)
        var bytes = ByteBuffer(bytes: bytes)
        var packets: [String] = []
        while let first = bytes.readInteger(as: UInt8.self), let second = bytes.readInteger(as: UInt8.self) {
            let length: Int? =
                switch second {
                case 127: bytes.readInteger(as: UInt64.self).map { Int($0) }
                case 126: bytes.readInteger(as: UInt16.self).map { Int($0) }
                default: Int(second)
                }
            guard let length, let payload = bytes.readSlice(length: length) else { break }
            if first & 0x40 == 0 {
                packets.append(String(buffer: payload))
            } else {
                packets.append("*" + String(buffer: try inflater.inflate(payload, maximumBytes: 1_000_000)))
            }
        }
        return packets
    }

    @Test func `one compression serves all receivers of a form`() throws {
        let deflated = try (0..<3).map { _ in
            try self.fixture.connect(options: Self.options(), offering: "permessage-deflate")
        }
        let old = try self.fixture.connect(.v3, options: Self.options(), offering: "permessage-deflate")
        let plain = try self.fixture.connect(options: Self.options())
        self.fixture.send(EngineMessage(text: ByteBuffer(string: Self.long)), to: deflated + [old])
        // Text is the same in both revisions, and in the arena once.
        let compressed = self.fixture.shard.arena.count
        #expect(compressed < 100)
        self.fixture.send(EngineMessage(text: ByteBuffer(string: Self.long)), to: [plain])
        #expect(self.fixture.shard.arena.count == compressed + Self.long.utf8.count + 1 + 4)
        for session in deflated + [old] {
            #expect(try Self.packets(self.fixture.received(by: session)) == ["*4" + Self.long])
        }
        #expect(try Self.packets(self.fixture.received(by: plain)) == ["4" + Self.long])
        self.fixture.tearDown()
    }

    @Test func `each window size has a form of its own`() throws {
        let wide = try self.fixture.connect(options: Self.options(), offering: "permessage-deflate")
        let narrow = try self.fixture.connect(
            options: Self.options(),
            offering: "permessage-deflate; server_max_window_bits=9"
        )
        #expect(self.fixture.shard.slots[wide.slot].form != self.fixture.shard.slots[narrow.slot].form)
        self.fixture.send(EngineMessage(text: ByteBuffer(string: Self.long)), to: [wide, narrow, wide, narrow])
        for session in [wide, narrow] {
            let packet = "*4" + Self.long
            #expect(try Self.packets(self.fixture.received(by: session)) == [packet, packet])
        }
        self.fixture.tearDown()
    }

    @Test func `binary carries its type in revision 3, compressed too`() throws {
        let new = try self.fixture.connect(options: Self.options(), offering: "permessage-deflate")
        let old = try self.fixture.connect(.v3, options: Self.options(), offering: "permessage-deflate")
        let binary = ByteBuffer(string: Self.long)
        let message = EngineMessage(text: ByteBuffer(string: "short"), attachments: [binary, ByteBuffer(string: "b")])
        self.fixture.send(message, to: [new, old])
        #expect(try Self.packets(self.fixture.received(by: new)) == ["4short", "*" + Self.long, "b"])
        #expect(
            try Self.packets(self.fixture.received(by: old)) == ["4short", "*\u{4}" + Self.long, "\u{4}b"]
        )
        self.fixture.tearDown()
    }

    @Test func `short messages share the common form`() throws {
        let options = Self.options(PerMessageDeflate(thresholdBytes: 6))
        let session = try self.fixture.connect(options: options, offering: "permessage-deflate")
        for text in ["aaaa", "aaaaa", String(repeating: "a", count: 50)] {
            self.fixture.send(EngineMessage(text: ByteBuffer(string: text)), to: [session])
        }
        // What does not shrink goes as it is.
        let packets = try Self.packets(self.fixture.received(by: session))
        #expect(packets.map { $0.hasPrefix("*") } == [false, false, true])
        #expect(packets.map { $0.drop { $0 == "*" }.count } == [5, 6, 51])
        self.fixture.tearDown()
    }

    @Test func `a kept context is its connection's alone`() throws {
        let options = Self.options(PerMessageDeflate(serverNoContextTakeover: false))
        let first = try self.fixture.connect(options: options, offering: "permessage-deflate")
        let late = try self.fixture.connect(options: options, offering: "permessage-deflate")
        let forgetful = try self.fixture.connect(
            options: options,
            offering: "permessage-deflate; server_no_context_takeover"
        )
        let message = EngineMessage(text: ByteBuffer(string: Self.long))
        self.fixture.send(message, to: [first])
        self.fixture.send(message, to: [first, late, forgetful])
        let inflater = MessageInflater(windowBits: 15, keepsContext: true)
        let bytes = self.fixture.received(by: first)
        #expect(try Self.packets(bytes, inflater) == ["*4" + Self.long, "*4" + Self.long])
        #expect(try Self.packets(self.fixture.received(by: late)) == ["*4" + Self.long])
        #expect(try Self.packets(self.fixture.received(by: forgetful)) == ["*4" + Self.long])
        self.fixture.tearDown()
    }

    @Test func `mounts with other options have other forms, up to a bound`() throws {
        var forms: Set<Int> = []
        for threshold in 1...200 {
            let options = Self.options(PerMessageDeflate(thresholdBytes: threshold))
            let session = try self.fixture.connect(options: options, offering: "permessage-deflate")
            let form = self.fixture.shard.slots[session.slot].form
            #expect(form.revision == .v4)
            if !form.isPlain { forms.insert(form.profile) }
        }
        #expect(forms == Set(0...WireForm.maximumProfile))
        self.fixture.tearDown()
    }
}
