// Licensed under the MIT licence.

import NIOCore
import NIOSSL
import Synchronization

/// The certificate and key with which an ``EngineServer`` ends TLS itself.
///
/// ```swift
/// let tls = try EngineTLS(certificateChain: chainPEM, privateKey: keyPEM)
/// let engine = EngineServer(eventLoopGroup: group, tls: tls, logger: logger)
/// // …later, with a new certificate:
/// try tls.use(certificateChain: newChainPEM, privateKey: newKeyPEM)
/// ```
///
/// TLS 1.2 and 1.3, with `http/1.1` for ALPN. May be used from anywhere.
public final class EngineTLS: Sendable {
    private struct Identity {
        let context: NIOSSLContext
        let expirySeconds: Int64
    }

    private let identity: Mutex<Identity>

    /// Takes a certificate and its key.
    /// - Parameters:
    ///   - certificateChain: PEM; the server's certificate first, then those between it and its authority.
    ///   - privateKey: PEM, without a passphrase.
    /// - Throws: What of it cannot be used.
    public init(certificateChain: [UInt8], privateKey: [UInt8]) throws(EngineTLSFlaw) {
        self.identity = Mutex(try Self.identity(certificateChain, privateKey))
    }

    /// Takes another certificate and its key.
    ///
    /// Connections that are accepted from now on get it; those there are stay as they are.
    /// - Parameters:
    ///   - certificateChain: PEM, as for ``init(certificateChain:privateKey:)``.
    ///   - privateKey: PEM, without a passphrase.
    /// - Throws: What of it cannot be used; then nothing changes.
    public func use(certificateChain: [UInt8], privateKey: [UInt8]) throws(EngineTLSFlaw) {
        let identity = try Self.identity(certificateChain, privateKey)
        self.identity.withLock { $0 = identity }
    }

    /// When the first certificate of the chain ceases to be valid, in seconds since 1970.
    public var expirySeconds: Int64 { self.identity.withLock { $0.expirySeconds } }

    /// The handler of one connection.
    func makeHandler() -> NIOSSLServerHandler {
        NIOSSLServerHandler(context: self.identity.withLock { $0.context })
    }

    private static func identity(_ chain: [UInt8], _ key: [UInt8]) throws(EngineTLSFlaw) -> Identity {
        guard let certificates = try? NIOSSLCertificate.fromPEMBytes(chain),
            let expiry = certificates.map(\.notValidAfter).min()
        else { throw .certificate }
        guard let key = try? NIOSSLPrivateKey(bytes: key, format: .pem) else { throw .privateKey }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: certificates.map { .certificate($0) },
            privateKey: .privateKey(key)
        )
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        // Nobody is told anything more by a connection whose peer does not say goodbye.
        configuration.shutdownTimeout = .seconds(1)
        guard let context = try? NIOSSLContext(configuration: configuration) else { throw .mismatch }
        return Identity(context: context, expirySeconds: Int64(expiry))
    }
}

/// Why a certificate and key cannot be used.
public enum EngineTLSFlaw: Error, Sendable, Equatable {
    /// The chain is no PEM with at least one certificate.
    case certificate
    /// The key is no PEM of a private key, or has a passphrase.
    case privateKey
    /// The key is not that of the first certificate.
    case mismatch
}
