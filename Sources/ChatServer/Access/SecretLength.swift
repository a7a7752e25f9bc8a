// Licensed under the MIT licence.

/// How long the secrets should be that whoever runs the server chooses, of tokens and of the HTTP interface alike.
///
/// A shorter one is warned about and not refused, since there may be tokens and programs that have it.
enum SecretLength {
    /// As many bytes as the smallest hash has, as RFC 7518 §3.2 demands of tokens.
    private static let minimumBytes = 32

    /// Whether a secret is so short that it can be guessed.
    static func isShort(_ secret: some Collection<UInt8>) -> Bool { secret.count < self.minimumBytes }

    /// A line about a secret that is short.
    ///
    /// - Parameters:
    ///   - what: What it is, without any of it.
    ///   - setting: Where it comes from.
    /// - Returns: The line.
    static func warning(about what: String, in setting: Setting) -> String {
        "\(setting.name): \(what) is shorter than \(self.minimumBytes) bytes, so that it can be guessed; "
            + "make one with: openssl rand -base64 48"
    }
}
