// Licensed under the MIT licence.

import NIOCore
import SocketIOCore
import WireJSON

extension ByteBuffer {
    /// Writes a comma unless nothing, or the beginning of an array or object, stands in front.
    mutating func writeComma() {
        guard let last = self.getInteger(at: self.writerIndex - 1, as: UInt8.self), self.readableBytes > 0 else {
            return
        }
        if last != UInt8(ascii: "["), last != UInt8(ascii: "{") { self.writeStaticString(",") }
    }

    /// Writes the name of a member, to be followed by its value.
    mutating func writeName(_ name: String) {
        self.writeComma()
        self.writeJSONString(name)
        self.writeStaticString(":")
    }

    mutating func writeMember(_ name: String, _ text: String) {
        self.writeName(name)
        self.writeJSONString(text)
    }

    mutating func writeMember(_ name: String, _ number: Int) {
        self.writeName(name)
        self.writeString(String(number))
    }

    /// Writes strings as arguments, behind those that are there.
    mutating func writeArguments(_ texts: String...) {
        for text in texts {
            self.writeComma()
            self.writeJSONString(text)
        }
    }
}
