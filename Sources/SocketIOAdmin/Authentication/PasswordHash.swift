// Licensed under the MIT licence.

import CCrypt

/// A password's hash in the form of crypt(5).
struct PasswordHash: Sendable {
    enum Method: Sendable, Hashable {
        case bcrypt, scrypt, yescrypt
    }

    static let maximumPasswordBytes = 512
    static let maximumMemoryBytes: UInt64 = 256 * 1_024 * 1_024
    static let bcryptCosts = 4...16

    let method: Method
    private let text: [CChar]

    /// Reads a hash, and tries it once: takes as long as checking a password.
    init(_ text: String) throws(AdminConfigurationError) {
        let bytes = Array(text.utf8)
        let method = try Self.method(of: bytes)
        self.method = method
        self.text = bytes.map { CChar(bitPattern: $0) } + [0]
        switch Self.hash([UInt8(ascii: "x")], with: self.text) {
        case .unavailable:
            throw AdminConfigurationError(
                .hashesUnavailable,
                "this system cannot check password hashes: libxcrypt is needed"
            )
        case .failed:
            throw AdminConfigurationError(
                .malformedHash,
                "the system's crypt library does not accept the password hash"
            )
        case .hash(let output):
            // What comes out begins with the same method, cost and salt, or no password would ever match.
            let settings = Self.settingsCount(bytes, method)
            guard output.count == bytes.count, output.prefix(settings) == bytes.prefix(settings) else {
                throw AdminConfigurationError(.malformedHash, "the password hash is not whole")
            }
        }
    }

    /// Whether a password has this hash; blocks for as long as the hash's cost says.
    func matches(_ password: String) -> Bool {
        var bytes = Array(password.utf8)
        defer { for index in bytes.indices { bytes[index] = 0 } }
        guard self.isPossible(bytes), case .hash(let output) = Self.hash(bytes, with: self.text) else { return false }
        let expected = self.text.dropLast().map { UInt8(bitPattern: $0) }
        guard output.count == expected.count else { return false }
        return martlet_crypt_equal(output, expected, expected.count)
    }

    /// Whether the method looks at every byte of a password; at those of others it would look in part.
    private func isPossible(_ password: [UInt8]) -> Bool {
        let maximum = self.method == .bcrypt ? 72 : Self.maximumPasswordBytes
        return password.count <= maximum && !password.contains(0)
    }

    private enum Outcome {
        case hash([UInt8])
        case failed
        case unavailable
    }

    private static func hash(_ password: [UInt8], with setting: [CChar]) -> Outcome {
        var phrase = password.map { CChar(bitPattern: $0) } + [0]
        defer { for index in phrase.indices { phrase[index] = 0 } }
        var output = [CChar](repeating: 0, count: Int(MARTLET_CRYPT_HASH_SIZE))
        let length = martlet_crypt(phrase, setting, &output)
        switch length {
        case MARTLET_CRYPT_UNAVAILABLE: return .unavailable
        case 1...: return .hash(output.prefix(Int(length)).map { UInt8(bitPattern: $0) })
        default: return .failed
        }
    }
}

// MARK: The forms of hashes

extension PasswordHash {
    private static func method(of hash: [UInt8]) throws(AdminConfigurationError) -> Method {
        let fields = hash.split(separator: UInt8(ascii: "$"), omittingEmptySubsequences: false)
        guard fields.count >= 3, fields[0].isEmpty else {
            throw AdminConfigurationError(
                .unsupportedHash,
                "the password hash is to begin with $2a$, $2b$, $2y$ (bcrypt), $7$ (scrypt) or $y$ (yescrypt)"
            )
        }
        let method: Method? =
            switch String(decoding: fields[1], as: UTF8.self) {
            case "2a", "2b", "2y": .bcrypt
            case "7": .scrypt
            case "y": .yescrypt
            default: nil
            }
        guard let method else {
            throw AdminConfigurationError(
                .unsupportedHash,
                "password hashes of this kind are not supported; bcrypt, scrypt and yescrypt are"
            )
        }
        guard fields.allSatisfy({ field in field.allSatisfy { self.value(of: $0) != nil } }) else {
            throw self.malformed
        }
        switch method {
        case .bcrypt: try self.checkBcrypt(fields)
        case .scrypt: try self.checkScrypt(fields)
        // The library itself looks at what stands between.
        case .yescrypt: guard fields.count == 5, fields[4].count == 43 else { throw self.malformed }
        }
        return method
    }

    /// `$2b$10$` and 53 characters: 22 of salt, 31 of hash.
    private static func checkBcrypt(_ fields: [ArraySlice<UInt8>]) throws(AdminConfigurationError) {
        guard fields.count == 4, fields[2].count == 2, fields[3].count == 53,
            let cost = Int(String(decoding: fields[2], as: UTF8.self))
        else { throw self.malformed }
        guard cost >= self.bcryptCosts.lowerBound else { throw self.malformed }
        guard cost <= self.bcryptCosts.upperBound else {
            throw AdminConfigurationError(
                .expensiveHash,
                "the password hash has the cost \(cost); more than \(self.bcryptCosts.upperBound) takes too long"
            )
        }
    }

    /// `$7$`, one character for log2 N, five for r, five for p, the salt, `$` and 43 characters of hash.
    private static func checkScrypt(_ fields: [ArraySlice<UInt8>]) throws(AdminConfigurationError) {
        guard fields.count == 4, fields[2].count > 11, fields[3].count == 43 else { throw self.malformed }
        let numbers = fields[2].compactMap { self.value(of: $0) }
        let logarithm = numbers[0]
        let blocks = self.number(numbers[1..<6])
        let lanes = self.number(numbers[6..<11])
        guard (1...30).contains(logarithm), blocks > 0, lanes > 0 else { throw self.malformed }
        // N · r · 128 bytes of memory, filled p times.
        let memory = (UInt64(128) << logarithm).multipliedReportingOverflow(by: blocks)
        let work = memory.partialValue.multipliedReportingOverflow(by: lanes)
        guard !memory.overflow, !work.overflow, work.partialValue <= self.maximumMemoryBytes else {
            throw AdminConfigurationError(.expensiveHash, "the password hash takes more than 256 MiB to check")
        }
    }

    private static var malformed: AdminConfigurationError {
        AdminConfigurationError(.malformedHash, "the password hash is not whole")
    }

    /// How much of a hash is method, cost and salt.
    private static func settingsCount(_ hash: [UInt8], _ method: Method) -> Int {
        switch method {
        case .bcrypt: hash.count - 31
        case .scrypt, .yescrypt: hash.count - 43
        }
    }

    /// Five characters of six bits each, the lowest first.
    private static func number(_ characters: ArraySlice<UInt8>) -> UInt64 {
        characters.reversed().reduce(0) { $0 << 6 | UInt64($1) }
    }

    /// Of crypt(3)'s alphabet `./0-9A-Za-z`; bcrypt's is of the same characters in another order.
    private static func value(of character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "."): 0
        case UInt8(ascii: "/"): 1
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 2
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A") + 12
        case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 38
        default: nil
        }
    }
}
