// Licensed under the MIT licence.

import Chat
import Foundation
import Logging
import NIOCore
import Testing

@testable import ChatServer

@Suite struct TokenKeyFileTests {
    private let directory = FileManager.default.temporaryDirectory.appending(path: "keys-\(UUID().uuidString)")

    private func write(_ text: String, to name: String = "keys") throws -> String {
        try FileManager.default.createDirectory(at: self.directory, withIntermediateDirectories: true)
        let file = self.directory.appending(path: name)
        try Data(text.utf8).write(to: file, options: .atomic)
        return file.path()
    }

    private func watch(_ source: TokenKeySource) -> (TokenVerifier, TokenKeyFiles) {
        let verifier = TokenVerifier(TokenRules(), limits: ChatLimits())
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return (verifier, TokenKeyFiles(verifier: verifier, tokens: .init(sources: [source]), logger: logger))
    }

    @Test(arguments: ["RSA-1024", "P-384", "private", "text"])
    func keysThatDoNotDo(name: String) async throws {
        let vectors = try TokenVectors()
        let flaw = await #expect(throws: TokenKeyFlaw.self) {
            try await TokenKey.all(inPEM: vectors.text("badPEM", name))
        }
        #expect(flaw?.reason.contains("private") == (name == "private"))
    }

    @Test(arguments: [
        "", "{}", "[]", #"{"keys":{}}"#, #"{"keys":[]}"#, #"{"keys":[{"kty":"RSA"}]}"#, #"{"keys":[7,null,{}]}"#,
        #"{"keys":[{"kty":"oct","k":""}]}"#, #"{"keys":[{"kty":"oct","k":"not base64 url"}]}"#,
        #"{"keys":[{"kty":"oct","k":"c2VjcmV0","use":"enc"}]}"#,
        #"{"keys":[{"kty":"oct","k":"c2VjcmV0","alg":"A256KW"}]}"#,
        #"{"keys":[{"kty":"EC","crv":"P-384","x":"AA","y":"AA"}]}"#,
        #"{"keys":[\#(Array(repeating: #"{"kty":"oct","k":"c2VjcmV0"}"#, count: 65).joined(separator: ","))]}"#,
    ])
    func keySetsThatDoNotDo(text: String) async throws {
        await #expect(throws: TokenKeyFlaw.self) { try await TokenKey.all(inJWKS: ByteBuffer(string: text)) }
    }

    @Test("keys of kinds unknown here are left out of a set")
    func strangeKeys() async throws {
        let set =
            #"{"keys":[{"kty":"AKP","alg":"ML-DSA-65"},{"kty":"EC","crv":"secp256k1"},{"kty":"oct","k":"c2VjcmV0","kid":"k"}]}"#
        let keys = try await TokenKey.all(inJWKS: ByteBuffer(string: set))
        #expect(keys.map(\.id) == ["k"])
        #expect(keys.first?.algorithms == [.hs256, .hs384, .hs512])
    }

    @Test("a file is read again when it changes, and a broken one changes nothing")
    func reloading() async throws {
        defer { try? FileManager.default.removeItem(at: self.directory) }
        let vectors = try TokenVectors()
        let path = try self.write(String(buffer: vectors.keySet()))
        let source = TokenKeySource.keySetFile(path)
        let (verifier, watch) = self.watch(source)
        let token = vectors.text("named", "EdDSA")
        #expect(throws: TokenFlaw.unknownKey) { try verifier.grant(token, now: 0) }
        try await watch.load()
        var watched = WatchedFiles(watch.paths)
        #expect(throws: Never.self) { try verifier.grant(token, now: 0) }

        _ = try self.write(#"{"keys":"#)
        let hasChanged = watched.haveChanged()
        let hasChangedAgain = watched.haveChanged()
        #expect(hasChanged && !hasChangedAgain)
        await watch.reload()
        #expect(throws: Never.self) { try verifier.grant(token, now: 0) }

        _ = try self.write(String(buffer: vectors.keySet { $0.replacing("\"o\"", with: "\"p\"") }))
        await watch.reload()
        #expect(throws: TokenFlaw.unknownKey) { try verifier.grant(token, now: 0) }

        try FileManager.default.removeItem(at: self.directory)
        await watch.reload()
        #expect(throws: TokenFlaw.unknownKey) { try verifier.grant(token, now: 0) }
    }

    @Test("a secret in a file is without its line break")
    func secrets() async throws {
        defer { try? FileManager.default.removeItem(at: self.directory) }
        let maker = TokenMaker()
        let path = try self.write(maker.secret + "\r\n")
        let (verifier, watch) = self.watch(.secretFile(path))
        try await watch.load()
        #expect(throws: Never.self) { try verifier.grant(maker.token(#"{"sub":"u1"}"#), now: 0) }
        #expect(!TokenKeySource.secretFile(path).isWeak() && TokenKeySource.secret("short").isWeak())
    }

    @Test("what is logged of the watch has no secret")
    func description() {
        let watch = KeyFileWatch([self.watch(.secret("a secret of tokens")).1], logger: LogRecorder().logger)
        #expect(!"\(watch)".contains("secret of"))
    }

    @Test(arguments: ["", "\n", "\u{0}long"])
    func filesThatDoNotDo(text: String) async throws {
        defer { try? FileManager.default.removeItem(at: self.directory) }
        let isLong = text.hasPrefix("\u{0}")
        let path = try self.write(isLong ? String(repeating: "x", count: KeyFile.maximumBytes + 1) : text)
        let error = await #expect(throws: StartError.self) { try await self.watch(.secretFile(path)).1.load() }
        #expect(error?.line.hasPrefix("JWT_SECRET_FILE is ") == true)
        let missing = await #expect(throws: StartError.self) {
            try await self.watch(.publicKeyFile("/nowhere/keys.pem")).1.load()
        }
        #expect(missing?.line.contains("cannot be read") == true)
    }
}
