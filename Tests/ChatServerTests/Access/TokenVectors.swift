// Licensed under the MIT licence.

import Foundation
import NIOCore
import WireJSON

/// Tests/Vectors/tokens.json, made by dev/make-token-vectors.py.
struct TokenVectors {
    private let file: JSONValue

    init() throws {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let data = try Data(contentsOf: tests.appending(path: "Vectors/tokens.json"))
        self.file = try JSONValue(validating: ByteBuffer(bytes: data))
    }

    func text(_ group: String, _ name: String) -> String { self.file.member(group)?.member(name)?.stringValue ?? "" }

    var secret: String { self.file.member("secret")?.stringValue ?? "" }

    /// All public keys in one text.
    var pem: String { ["RSA", "EC", "Ed25519"].map { self.text("pem", $0) }.joined() }

    /// A set of the keys, each after `change`.
    func keySet(_ change: (String) -> String = { $0 }) -> ByteBuffer {
        let keys = self.file.member("keys")?.elements.map { change(String(buffer: $0.bytes)) } ?? []
        return ByteBuffer(string: #"{"keys":[\#(keys.joined(separator: ","))]}"#)
    }
}
