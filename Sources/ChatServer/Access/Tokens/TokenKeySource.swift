// Licensed under the MIT licence.

import NIOCore

/// Where keys of tokens come from.
enum TokenKeySource: Equatable, Sendable {
    /// A secret (`JWT_SECRET`).
    case secret(String)
    /// A file with a secret (`JWT_SECRET_FILE`).
    case secretFile(String)
    /// A file of PEM (`JWT_PUBLIC_KEY_FILE`).
    case publicKeyFile(String)
    /// A file with a JSON Web Key Set (`JWT_JWKS_FILE`).
    case keySetFile(String)

    /// The file, if it is one.
    var path: String? {
        switch self {
        case .secret: nil
        case .secretFile(let path), .publicKeyFile(let path), .keySetFile(let path): path
        }
    }

    /// The setting that named it.
    var setting: Setting {
        switch self {
        case .secret: .jwtSecret
        case .secretFile: .jwtSecretFile
        case .publicKeyFile: .jwtPublicKeyFile
        case .keySetFile: .jwtJWKSFile
        }
    }

    /// The keys as they are now.
    ///
    /// - Throws: ``TokenKeyFlaw``, or ``KeyFileFlaw``.
    func load() async throws -> [TokenKey] {
        switch self {
        case .secret(let secret):
            [try await .secret(Array(secret.utf8))]
        case .secretFile(let path):
            [try await .secret(Array(KeyFile.secret(path).utf8))]
        case .publicKeyFile(let path):
            try await TokenKey.all(inPEM: String(decoding: KeyFile.read(path), as: UTF8.self))
        case .keySetFile(let path):
            try await TokenKey.all(inJWKS: ByteBuffer(bytes: KeyFile.read(path)))
        }
    }

    /// Why keys could not be loaded, to be written behind the file's name.
    static func reason(of error: any Error) -> String {
        switch error {
        case let flaw as TokenKeyFlaw: flaw.reason
        case let flaw as KeyFileFlaw: flaw.reason
        default: "its keys cannot be used"
        }
    }

    /// A line about a secret that can be guessed; nothing about other keys, and keys that cannot be loaded.
    func weakness() async -> String? {
        (try? await self.load()).flatMap { self.weakness(of: $0) }
    }

    /// The same of keys that were loaded from here.
    func weakness(of keys: [TokenKey]) -> String? {
        guard keys.contains(where: \.isWeak) else { return nil }
        let what =
            switch self {
            case .secret, .secretFile: "the secret of tokens"
            case .publicKeyFile, .keySetFile: "a secret of tokens in it"
            }
        return SecretLength.warning(about: what, in: self.setting)
    }
}
