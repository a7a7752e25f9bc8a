// Licensed under the MIT licence.

import EngineIOCore
import NIOCore

extension RandomNumberGenerator {
    /// Text of 0 to 40 characters from one to four bytes each, without the record separator.
    mutating func text() -> ByteBuffer {
        let alphabet = [
            "a", "Z", "0", ":", "b", "\"", "\\", "\n", " ", "é", "€", "\u{2028}", "\u{2029}", "</", "😀", "𝌆",
        ]
        var text = ByteBuffer()
        for _ in 0..<Int.random(in: 0...40, using: &self) {
            text.writeString(alphabet[Int.random(in: 0..<alphabet.count, using: &self)])
        }
        return text
    }

    /// 0 to 300 bytes.
    mutating func bytes() -> ByteBuffer {
        ByteBuffer(
            bytes: (0..<Int.random(in: 0...300, using: &self)).map { _ in UInt8.random(in: 0...255, using: &self) }
        )
    }

    /// Any packet that can stand in a payload.
    mutating func packet() -> EngineIOPacket {
        switch Int.random(in: 0..<9, using: &self) {
        case 0: .open(self.text())
        case 1: .close
        case 2: .ping(Bool.random(using: &self) ? ByteBuffer() : ByteBuffer(string: "probe"))
        case 3: .pong(ByteBuffer())
        case 4: .upgrade
        case 5: .noop
        case 6: .message(.binary(self.bytes()))
        default: .message(.text(self.text()))
        }
    }

    /// 1 to 20 packets.
    mutating func packets() -> [EngineIOPacket] {
        (0..<Int.random(in: 1...20, using: &self)).map { _ in self.packet() }
    }
}

extension EngineIOPacket {
    static func text(_ text: String) -> Self { .message(.text(ByteBuffer(string: text))) }
    static func bytes(_ bytes: [UInt8]) -> Self { .message(.binary(ByteBuffer(bytes: bytes))) }
    static func ping(_ text: String) -> Self { .ping(ByteBuffer(string: text)) }
    static func pong(_ text: String) -> Self { .pong(ByteBuffer(string: text)) }
}
