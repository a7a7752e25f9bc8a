// Licensed under the MIT licence.

import Foundation
import Testing

@testable import EngineIO

@Suite struct EngineTLSTests {
    @Test func `what cannot be used is told apart`() throws {
        let (first, second) = (try TestCertificate(), try TestCertificate())
        let text = Array("no PEM".utf8)
        #expect(throws: EngineTLSFlaw.certificate) { try EngineTLS(certificateChain: text, privateKey: first.key) }
        #expect(throws: EngineTLSFlaw.certificate) { try EngineTLS(certificateChain: [], privateKey: first.key) }
        #expect(throws: EngineTLSFlaw.certificate) {
            try EngineTLS(certificateChain: first.key, privateKey: first.key)
        }
        #expect(throws: EngineTLSFlaw.privateKey) { try EngineTLS(certificateChain: first.chain, privateKey: text) }
        #expect(throws: EngineTLSFlaw.privateKey) {
            try EngineTLS(certificateChain: first.chain, privateKey: first.chain)
        }
        #expect(throws: EngineTLSFlaw.mismatch) {
            try EngineTLS(certificateChain: first.chain, privateKey: second.key)
        }
    }

    @Test func `it expires with the first of its certificates`() throws {
        let (short, long) = (try TestCertificate(days: 3), try TestCertificate(days: 300))
        let now = Int64(Date().timeIntervalSince1970)
        let tls = try EngineTLS(certificateChain: long.chain + short.chain, privateKey: long.key)
        #expect((now...now + 3 * 86_400 + 60).contains(tls.expirySeconds))
        try tls.use(certificateChain: long.chain, privateKey: long.key)
        #expect(tls.expirySeconds > now + 299 * 86_400)
        #expect(throws: EngineTLSFlaw.mismatch) { try tls.use(certificateChain: short.chain, privateKey: long.key) }
        #expect(tls.expirySeconds > now + 299 * 86_400, "what was there stays")
    }
}
