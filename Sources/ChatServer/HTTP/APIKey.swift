// Licensed under the MIT licence.

import Crypto

/// A key that opens the HTTP interface, or a part of it.
struct APIKey: Equatable, Sendable {
    /// What a request may do with a key.
    enum Scope: String, CaseIterable, Sendable {
        /// Post messages.
        case send
        /// Read history, members, presence, and what the server says of itself.
        case read
        /// Everything, what only operators do included.
        case admin
    }

    /// What the log calls it.
    let name: String
    /// The SHA-256 of the key, all that is kept of it.
    private let digest: [UInt8]
    private let scopes: Set<Scope>
    /// Whether the key is so short that it can be guessed; false where only the digest is known.
    let isWeak: Bool

    func allows(_ scope: Scope) -> Bool { self.scopes.contains(scope) || self.scopes.contains(.admin) }

    /// Whether a key has this digest, compared to its end.
    ///
    /// Not inlined, so that no caller's shortcut gets in.
    @inline(never)
    func matches(_ digest: [UInt8]) -> Bool {
        guard digest.count == self.digest.count else { return false }
        var difference: UInt8 = 0
        for index in digest.indices { difference |= digest[index] ^ self.digest[index] }
        return difference == 0
    }

    static func digest(of key: some StringProtocol) -> [UInt8] { Array(SHA256.hash(data: Array(key.utf8))) }
}

extension APIKey {
    /// Reads `key`, `name:key` or `name:key:scopes`, where the key may be its digest, `sha256:` and 64 hexadecimal digits, and the scopes are
    /// joined by `+`.
    ///
    /// - Parameters:
    ///   - entry: The text.
    ///   - number: What to call a key without a name.
    /// - Throws: What does not do.
    init(_ entry: Substring, number: Int) throws(APIKeysFlaw) {
        // They travel in header fields.
        guard entry.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else { throw .malformed }
        var parts = entry.split(separator: ":", omittingEmptySubsequences: false)[...]
        if parts.count == 1 || parts.count == 2 && parts.first == "sha256" { parts.insert("key-\(number)", at: 0) }
        guard let name = parts.popFirst(), Self.isName(name), let key = parts.popFirst() else { throw .malformed }
        if key == "sha256" {
            guard let digest = parts.popFirst().flatMap(Self.bytes) else { throw .malformed }
            self.digest = digest
            self.isWeak = false
        } else {
            guard !key.isEmpty else { throw .malformed }
            // Also in another case: whoever writes that means the scope too.
            guard Self.scopes(key.lowercased()) == nil else { throw .scopeAsKey }
            self.digest = Self.digest(of: key)
            self.isWeak = SecretLength.isShort(key.utf8)
        }
        self.name = String(name)
        guard let words = parts.popFirst() else {
            self.scopes = Set(Scope.allCases)
            return
        }
        guard parts.isEmpty, let scopes = Self.scopes(words) else { throw .malformed }
        self.scopes = scopes
    }

    /// The scopes that a text is, joined by `+`; nothing if it is anything else.
    private static func scopes(_ text: some StringProtocol) -> Set<Scope>? {
        let words = text.split(separator: "+", omittingEmptySubsequences: false).map { Scope(rawValue: String($0)) }
        return words.contains(nil) ? nil : Set(words.compactMap(\.self))
    }

    private static func isName(_ text: Substring) -> Bool {
        // `sha256:<digest>:send` lacks its name; the digest would be taken for the key.
        text != "sha256" && (1...64).contains(text.utf8.count)
            && text.allSatisfy { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" || $0 == "." }
    }

    /// The bytes of a digest in hexadecimal.
    private static func bytes(_ text: Substring) -> [UInt8]? {
        let digits = text.compactMap(\.hexDigitValue)
        guard text.utf8.count == 64, digits.count == 64 else { return nil }
        return stride(from: 0, to: 64, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}
