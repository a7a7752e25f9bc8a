// Licensed under the MIT licence.

import NIOCore
import NIOSSL

/// How connections are kept private.
public struct RedisTLS: Sendable, Hashable {
    /// What of the server's certificate is checked.
    public enum Verification: Sendable, Hashable {
        /// Its signature and its name.
        case full
        /// Its signature alone.
        case signatureOnly
        /// Nothing: anybody in between can read all. For tests.
        case nothing
    }

    /// What is checked; ``Verification/full`` unless told.
    public var verification: Verification
    /// The path of a PEM file with the authorities that are trusted; the system's if `nil`.
    public var authoritiesFile: String?
    /// The path of a PEM file with this client's certificate and those between it and its authority.
    public var certificateFile: String?
    /// The path of a PEM file with the key of the certificate.
    public var keyFile: String?
    /// The name that the server's certificate must have, and that it is told (SNI); the endpoint's host if `nil`.
    ///
    /// A certificate for the IP address that was connected to is good as well.
    public var serverName: String?

    /// Makes the settings; files are read when the client starts.
    ///
    /// - Parameters:
    ///   - verification: What is checked.
    ///   - authoritiesFile: The authorities that are trusted.
    ///   - certificateFile: This client's certificate.
    ///   - keyFile: Its key.
    ///   - serverName: The name of the server.
    public init(
        verification: Verification = .full,
        authoritiesFile: String? = nil,
        certificateFile: String? = nil,
        keyFile: String? = nil,
        serverName: String? = nil
    ) {
        self.verification = verification
        self.authoritiesFile = authoritiesFile
        self.certificateFile = certificateFile
        self.keyFile = keyFile
        self.serverName = serverName
    }

    /// Finds out whether a client could start with these files.
    ///
    /// - Throws: ``RedisError/Code/invalidConfiguration``, with a message that says which cannot be used.
    public func check() throws(RedisError) {
        _ = try self.context()
    }

    /// Reads the files.
    ///
    /// - Throws: What of them cannot be used.
    func context() throws(RedisError) -> NIOSSLContext {
        for (file, what) in [(self.authoritiesFile, "authorities"), (self.certificateFile, "a certificate")] {
            guard let file else { continue }
            guard let found = try? NIOSSLCertificate.fromPEMFile(file), !found.isEmpty else {
                throw RedisError(.invalidConfiguration, message: "\(file) cannot be read as PEM with \(what)")
            }
        }
        if let keyFile, (try? NIOSSLPrivateKey(file: keyFile, format: .pem)) == nil {
            throw RedisError(.invalidConfiguration, message: "\(keyFile) cannot be read as PEM with a private key")
        }
        do {
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.minimumTLSVersion = .tlsv12
            configuration.certificateVerification =
                switch self.verification {
                case .full: .fullVerification
                case .signatureOnly: .noHostnameVerification
                case .nothing: .none
                }
            if let authoritiesFile { configuration.trustRoots = .file(authoritiesFile) }
            if let certificateFile {
                configuration.certificateChain = try NIOSSLCertificate.fromPEMFile(certificateFile).map {
                    .certificate($0)
                }
            }
            if let keyFile { configuration.privateKey = .privateKey(try NIOSSLPrivateKey(file: keyFile, format: .pem)) }
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw RedisError(.invalidConfiguration, message: "the files for TLS cannot be used")
        }
    }

    /// Makes the handler of one connection.
    func handler(_ context: NIOSSLContext, for endpoint: RedisEndpoint) throws -> NIOSSLClientHandler {
        let name = self.serverName ?? endpoint.host
        // An address is compared with the certificate's addresses, and is not told to the server (RFC 6066 §3).
        let isAddress = name.map { (try? SocketAddress(ipAddress: $0, port: 0)) != nil } ?? true
        return try NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : name)
    }
}
