// Licensed under the MIT licence.

import Foundation
import NIOCore
import Synchronization
import WireJSON

/// Arguments in their wire form: JSON values joined by commas, and what their placeholders stand for.
struct EncodedArguments: Sendable {
    private(set) var json = ByteBuffer()
    private(set) var attachments: [ByteBuffer] = []

    /// The values one by one.
    var values: [JSONValue] { JSONValue.list(joined: self.json) }

    /// Encodes values with Foundation's encoder.
    ///
    /// `Data` anywhere in a value, and `ByteBuffer` as a value of its own, become attachments; `JSONValue` is passed through.
    init(_ values: [any Encodable & Sendable]) throws {
        let found = BinaryParts()
        let encoder = JSONEncoder()
        // Unsorted, the order of keys would change from one run to the next.
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        encoder.dataEncodingStrategy = .custom { data, encoder in
            try Placeholder(num: found.add(ByteBuffer(bytes: data))).encode(to: encoder)
        }
        for value in values {
            if self.json.readableBytes > 0 { self.json.writeInteger(UInt8(ascii: ",")) }
            switch value {
            case let value as JSONValue: self.json.writeJSON(value)
            case let value as ByteBuffer: self.json.writeBytes(try encoder.encode(Placeholder(num: found.add(value))))
            default: self.json.writeBytes(try encoder.encode(value))
            }
        }
        self.attachments = found.all
    }
}

/// `{"_placeholder":true,"num":0}` (Socket.IO protocol v5, "Binary event").
struct Placeholder: Codable {
    var _placeholder = true
    var num: Int

    init(num: Int) {
        self.num = num
    }
}

/// Collects what the encoder's closure finds.
private final class BinaryParts: Sendable {
    private let parts = Mutex<[ByteBuffer]>([])

    var all: [ByteBuffer] { self.parts.withLock { $0 } }

    func add(_ part: ByteBuffer) -> Int {
        self.parts.withLock { parts in
            parts.append(part)
            return parts.count - 1
        }
    }
}
