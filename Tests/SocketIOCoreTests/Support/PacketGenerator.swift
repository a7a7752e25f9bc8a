// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import SocketIOCore
import SocketIOTesting
import WireJSON

/// Makes packets that are right, as the encoder would write them, and bytes that hardly are.
struct PacketGenerator {
    private var random: SeededGenerator
    private var placeholders = 0
    private var placeholdersLeft = 0

    init(seed: UInt64) { self.random = SeededGenerator(seed: seed) }

    private mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self.random) }

    private mutating func one<Element>(of choices: [Element]) -> Element { choices[self.below(choices.count)] }

    /// A packet; with at least one attachment and exactly `attachments` if given.
    mutating func packet(_ revision: ProtocolRevision, attachments: Int? = nil) throws -> SocketIOPacket {
        let kinds: [SocketIOPacket.Kind] =
            attachments == nil ? SocketIOPacket.Kind.allCases : [.binaryEvent, .binaryAck]
        let kind = self.one(of: kinds)
        var packet = SocketIOPacket(
            kind: kind,
            namespace: self.one(of: ["/", "/", "/admin", "/é/😀", "/7", "/a-b[{\"c"])
        )
        self.placeholders = 0
        self.placeholdersLeft = kind.isBinary ? attachments ?? 1 + self.below(10) : 0
        switch kind {
        case .connect:
            if revision == .v3, packet.namespace != "/", self.below(2) == 0 {
                packet.connectQuery = self.one(of: ["", "a=b&c=%20", "?"])
            }
            if revision == .v4, self.below(2) == 0 { packet.payload = try self.value(.object) }
        case .disconnect:
            break
        case .connectError:
            packet.payload = try self.value(self.one(of: [.object, .string]))
        case .event, .binaryEvent:
            if self.below(2) == 0 { packet.ackID = self.id() }
            packet.payload = try self.array(named: true)
        case .ack, .binaryAck:
            packet.ackID = self.id()
            packet.payload = try self.array(named: false)
        }
        packet.attachments = (0..<self.placeholders).map { index in
            ByteBuffer(bytes: (0..<index % 4).map { _ in UInt8.random(in: 0...255, using: &self.random) })
        }
        return packet
    }

    private mutating func id() -> UInt64 {
        self.one(of: [
            0, 7, 456, 9_007_199_254_740_991, UInt64.random(in: 0..<10_000_000_000_000_000, using: &self.random),
        ])
    }

    private mutating func array(named: Bool) throws -> JSONValue {
        var parts: [String] = named ? [self.string("e")] : []
        for _ in 0..<self.below(4) { parts.append(self.json(depth: 3)) }
        while self.placeholdersLeft > 0 { parts.append(self.placeholder()) }
        return try JSONValue(validating: ByteBuffer(string: "[" + parts.joined(separator: ",") + "]"))
    }

    private mutating func value(_ kind: JSONValue.Kind) throws -> JSONValue {
        let text = kind == .object ? self.object(depth: 3) : self.string()
        return try JSONValue(validating: ByteBuffer(string: text))
    }

    private mutating func json(depth: Int) -> String {
        switch self.below(depth > 0 ? 8 : 6) {
        case 0: return self.one(of: ["null", "true", "false"])
        case 1, 2: return self.one(of: ["0", "-1", "1.5", "1e300", "12345678901234567890", "-0.0"])
        case 3, 4: return self.string()
        case 5: return self.placeholdersLeft > 0 ? self.placeholder() : "{}"
        case 6: return "[" + (0..<self.below(4)).map { _ in self.json(depth: depth - 1) }.joined(separator: ",") + "]"
        default: return self.object(depth: depth)
        }
    }

    private mutating func object(depth: Int) -> String {
        let members = (0..<self.below(4)).map { _ in self.string() + ":" + self.json(depth: depth - 1) }
        return "{" + members.joined(separator: ",") + "}"
    }

    /// A string as the encoder writes it, so that a name comes back byte for byte.
    private mutating func string(_ prefix: String = "") -> String {
        let characters = Array("abc09 /,-[]{}\"\\?é日😀\n\u{1}\u{2028}")
        var buffer = ByteBuffer()
        buffer.writeJSONString(prefix + String((0..<self.below(9)).map { _ in self.one(of: characters) }))
        return String(buffer: buffer)
    }

    private mutating func placeholder() -> String {
        defer {
            self.placeholders += 1
            self.placeholdersLeft -= 1
        }
        return "{\"_placeholder\":true,\"num\":\(self.placeholders)}"
    }

    /// The bytes with a few of them changed, doubled or gone.
    mutating func mutated(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0...self.below(3) {
            let index = self.below(bytes.count + 1)
            switch self.below(4) {
            case 0 where index < bytes.count: bytes[index] = UInt8.random(in: 0...255, using: &self.random)
            case 1 where index < bytes.count: bytes[index] = self.one(of: Array(#"0123456789-/,?[]{}":\ "#.utf8))
            case 2 where index < bytes.count: bytes.remove(at: index)
            default: bytes.insert(self.one(of: Array(#"0123456789-/,?[]{}":\ "#.utf8)), at: index)
            }
        }
        return bytes
    }
}
