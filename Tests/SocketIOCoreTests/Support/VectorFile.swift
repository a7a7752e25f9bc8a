// Licensed under the MIT licence.

import Foundation
import NIOCore
import WireJSON

/// A file of Tests/Vectors, made by dev/make-vectors.js with the reference parser.
enum VectorFile {
    struct Unreadable: Error {
        var name: String
    }

    static func vectors(_ name: String, from file: String = #filePath) throws -> [JSONValue] {
        let tests = URL(fileURLWithPath: file).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let data = try Data(contentsOf: tests.appendingPathComponent("Vectors/\(name)"))
        let root = try JSONValue(validating: ByteBuffer(bytes: data))
        guard let vectors = root.member("vectors") else { throw Unreadable(name: name) }
        return Array(vectors.elements)
    }
}

extension JSONValue {
    /// The bytes that a string of hexadecimal digits stands for.
    var hexadecimalBytes: [UInt8]? {
        guard let digits = self.stringValue.map({ Array($0) }), digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let byte = UInt8(String(digits[index...index + 1]), radix: 16) else { return nil }
            bytes.append(byte)
        }
        return bytes
    }
}
