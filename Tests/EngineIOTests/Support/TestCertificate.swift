// Licensed under the MIT licence.

import Foundation
import NIOCore
import NIOSSL
import Testing

@testable import EngineIO

/// A certificate for `127.0.0.1` that signs itself, made by the `openssl` of this machine.
struct TestCertificate {
    let chain: [UInt8]
    let key: [UInt8]

    init(days: Int = 30) throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "certificate-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let openssl = Process()
        openssl.executableURL = URL(filePath: "/usr/bin/env")
        openssl.currentDirectoryURL = directory
        openssl.standardError = FileHandle.nullDevice
        openssl.arguments = [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
            "\(days)", "-subj", "/CN=martlet.test", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem",
            "-out", "chain.pem",
        ]
        try openssl.run()
        openssl.waitUntilExit()
        try #require(openssl.terminationStatus == 0)
        self.chain = Array(try Data(contentsOf: directory.appending(path: "chain.pem")))
        self.key = Array(try Data(contentsOf: directory.appending(path: "key.pem")))
    }

    func tls() throws -> EngineTLS {
        try EngineTLS(certificateChain: self.chain, privateKey: self.key)
    }

    /// What a client needs that trusts this certificate and no other.
    func trust() throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(self.chain))
        return try NIOSSLContext(configuration: configuration)
    }
}
