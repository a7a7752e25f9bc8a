// Licensed under the MIT licence.

package import NIOCore

/// The header by which a proxy says whose connection it passes on ("The PROXY protocol, versions 1 & 2", HAProxy, 2020).
///
/// Version 1 is a line, `PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n`; version 2 is binary.
package enum ProxyProtocol {
    /// What was found.
    package enum Reading: Equatable, Sendable {
        /// More is needed.
        case incomplete
        /// The header, of so many bytes; the client's address, or nothing if the proxy speaks for itself (`LOCAL`, `UNKNOWN`, or an
        /// address that is not of the Internet).
        case header(byteCount: Int, client: String?)
        /// This is no header.
        case malformed
    }

    /// The longest header that is read: version 2 with an address and some of what may follow it.
    package static let maximumBytes = 1_024
    /// §2.1: what fits 107 characters.
    private static let maximumLine = 107
    private static let signature: [UInt8] = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a]
    private static let word = Array("PROXY ".utf8)

    /// Reads the header that a connection begins with.
    package static func read(_ bytes: ByteBufferView) -> Reading {
        if self.agree(bytes, self.signature) { return self.readBinary(bytes) }
        if self.agree(bytes, self.word) { return self.readLine(bytes) }
        return .malformed
    }

    /// Whether they are the same as far as both go.
    private static func agree(_ bytes: ByteBufferView, _ start: [UInt8]) -> Bool {
        zip(bytes, start).allSatisfy { $0 == $1 }
    }

    private static func readLine(_ bytes: ByteBufferView) -> Reading {
        guard let end = bytes.prefix(self.maximumLine).firstIndex(of: 0x0a) else {
            return bytes.count < self.maximumLine ? .incomplete : .malformed
        }
        let count = end - bytes.startIndex + 1
        let line = bytes[..<end]
        guard line.last == 0x0d, let text = String(validating: line.dropLast(), as: UTF8.self) else {
            return .malformed
        }
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count >= 2 else { return .malformed }
        // What follows this word is to be ignored (§2.1).
        if words[1] == "UNKNOWN" { return .header(byteCount: count, client: nil) }
        guard words.count == 6, words[1] == "TCP4" || words[1] == "TCP6", let source = IPAddress(words[2]),
            IPAddress(words[3]) != nil, words[2].contains(":") == (words[1] == "TCP6"),
            words[3].contains(":") == (words[1] == "TCP6"), self.isPort(words[4]), self.isPort(words[5])
        else { return .malformed }
        return .header(byteCount: count, client: source.description)
    }

    private static func isPort(_ text: Substring) -> Bool {
        text.utf8.count <= 5 && text.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } && UInt16(text) != nil
    }

    private static func readBinary(_ bytes: ByteBufferView) -> Reading {
        guard bytes.count >= 16 else { return .incomplete }
        let start = bytes.startIndex
        let (command, family) = (bytes[start + 12], bytes[start + 13])
        let length = Int(bytes[start + 14]) << 8 | Int(bytes[start + 15])
        guard command >> 4 == 2, command & 0xf <= 1, 16 + length <= self.maximumBytes else { return .malformed }
        guard bytes.count >= 16 + length else { return .incomplete }
        // LOCAL: the proxy's own, such as a health check.
        guard command & 0xf == 1 else { return .header(byteCount: 16 + length, client: nil) }
        let addresses = bytes[(start + 16)..<(start + 16 + length)]
        switch family {
        case 0x11:
            guard length >= 12 else { return .malformed }
            let address = addresses.prefix(4).map { String($0) }.joined(separator: ".")
            return .header(byteCount: 16 + length, client: address)
        case 0x21:
            guard length >= 36 else { return .malformed }
            let half = { (bytes: ByteBufferView) in bytes.reduce(0 as UInt64) { $0 << 8 | UInt64($1) } }
            let address = IPAddress(
                high: half(addresses.prefix(8)),
                low: half(addresses.dropFirst(8).prefix(8)),
                isIPv4: false
            )
            return .header(byteCount: 16 + length, client: address.description)
        default:
            return .header(byteCount: 16 + length, client: nil)
        }
    }
}
