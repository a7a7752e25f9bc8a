// Licensed under the MIT licence.

import Foundation
import Testing

@testable import ChatServer

extension ChatServerConfiguration.TLSFiles {
    /// Makes a certificate with a key, in place of what there is in the directory.
    static func make(in directory: URL, days: Int = 30) throws -> Self {
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let files = Self(
            certificate: directory.appending(path: "chain.pem").path(),
            key: directory.appending(path: "key.pem").path()
        )
        let openssl = Process()
        openssl.executableURL = URL(filePath: "/usr/bin/env")
        openssl.standardError = FileHandle.nullDevice
        openssl.arguments = [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
            "\(days)", "-subj", "/CN=martlet.test", "-keyout", files.key, "-out", files.certificate,
        ]
        try openssl.run()
        openssl.waitUntilExit()
        try #require(openssl.terminationStatus == 0)
        return files
    }
}
