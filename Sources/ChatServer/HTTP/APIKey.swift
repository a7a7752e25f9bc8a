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

    init(name: String, digest: [UInt8], scopes: Set<Scope>) {
        self.name = name
        self.digest = digest
        self.scopes = scopes
    }

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
    init?(_ entry: Substring, number: Int) {
        // They travel in header fields.
        guard entry.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else { return nil }
        var parts = entry.split(separator: ":", omittingEmptySubsequences: false)[...]
        if parts.count == 1 || parts.count == 2 && parts.first == "sha256" { parts.insert("key-\(number)", at: 0) }
        guard let name = parts.popFirst(), Self.isName(name), let key = parts.popFirst() else { return nil }
        if key == "sha256" {
            guard let digest = parts.popFirst().flatMap(Self.bytes) else { return nil }
            self.digest = digest
        } else {
            guard !key.isEmpty else { return nil }
            self.digest = Self.digest(of: key)
        }
        self.name = String(name)
        guard let scopes = parts.popFirst() else {
            self.scopes = Set(Scope.allCases)
            return
        }
        let words = scopes.split(separator: "+", omittingEmptySubsequences: false).map { Scope(rawValue: String($0)) }
        guard parts.isEmpty, words.allSatisfy({ $0 != nil }) else { return nil }
        self.scopes = Set(words.compactMap(\.self))
    }

    private static func isName(_ text: Substring) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.allSatisfy { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" || $0 == "." }
    }

    /// The bytes of a digest in hexadecimal.
    private static func bytes(_ text: Substring) -> [UInt8]? {
        let digits = text.compactMap(\.hexDigitValue)
        guard text.utf8.count == 64, digits.count == 64 else { return nil }
        return stride(from: 0, to: 64, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}
