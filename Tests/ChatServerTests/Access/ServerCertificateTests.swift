// Licensed under the MIT licence.

import EngineIO
import Foundation
import Testing

@testable import ChatServer

@Suite struct ServerCertificateTests {
    private let directory = FileManager.default.temporaryDirectory.appending(path: "tls-\(UUID().uuidString)")

    private func make(days: Int) throws -> ChatServerConfiguration.TLSFiles {
        try .make(in: self.directory, days: days)
    }

    @Test("files are read again when they change, and broken ones change nothing")
    func reloading() async throws {
        defer { try? FileManager.default.removeItem(at: self.directory) }
        let files = try self.make(days: 30)
        let log = LogRecorder()
        let certificate = try ServerCertificate(files, logger: log.logger)
        let first = certificate.tls.expirySeconds
        var watched = WatchedFiles(certificate.paths)
        try Data("broken".utf8).write(to: URL(filePath: files.key), options: .atomic)
        let hasChanged = watched.haveChanged()
        #expect(hasChanged)
        await certificate.reload()
        #expect(certificate.tls.expirySeconds == first)
        _ = try self.make(days: 60)
        await certificate.reload()
        #expect(certificate.tls.expirySeconds > first)
        #expect(
            log.messages == [
                "the new TLS certificate cannot be used; the old one stays", "the TLS certificate was read again",
            ]
        )
    }

    @Test(arguments: [
        (0, nil), (16, nil), (17, "the TLS certificate is about to expire"),
        (29, "the TLS certificate is about to expire"), (31, "the TLS certificate has expired"),
    ])
    func warnings(day: Int64, warning: String?) throws {
        defer { try? FileManager.default.removeItem(at: self.directory) }
        let files = try self.make(days: 30)
        let log = LogRecorder()
        var certificate = try ServerCertificate(files, logger: log.logger)
        let expiry = certificate.tls.expirySeconds
        certificate.now = { expiry - (30 - day) * 86_400 }
        certificate.remind()
        #expect(log.messages == (warning.map { [$0] } ?? []))
    }
}
