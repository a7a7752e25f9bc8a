// Licensed under the MIT licence.

import NIOCore
import WireJSON

/// What a token says about its signature (RFC 7515 §4).
///
/// `jku`, `jwk`, `x5u` and `x5c` name or bring keys, and are not looked at: keys come from whoever runs the server.
struct TokenHeader: Equatable {
    let algorithm: TokenAlgorithm
    let keyID: String?

    /// - Throws: Anything but the JSON of a header whose every demand can be met.
    init(_ bytes: [UInt8]) throws(TokenFlaw) {
        guard let header = try? JSONValue(validating: ByteBuffer(bytes: bytes)), header.kind == .object else {
            throw .malformed
        }
        guard let algorithm = header.member("alg")?.stringValue.flatMap(TokenAlgorithm.init(rawValue:)) else {
            throw .algorithm
        }
        // What is critical must be understood (RFC 7515 §4.1.11), and no extension is.
        guard header.member("crit") == nil else { throw .critical }
        self.algorithm = algorithm
        guard let id = header.member("kid") else {
            self.keyID = nil
            return
        }
        guard let text = id.stringValue else { throw .malformed }
        self.keyID = text
    }
}
