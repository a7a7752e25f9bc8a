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
        #expect(await TokenKeySource.secretFile(path).weakness() == nil)
        let weakness = await TokenKeySource.secret("short").weakness()
        #expect(weakness?.hasPrefix("JWT_SECRET: the secret of tokens is shorter than 32 bytes") == true)
    }

    /// A key set with one secret.
    private func keySet(of secret: String) -> String {
        #"{"keys":[{"kty":"oct","k":"\#(TokenMaker.encode(Data(secret.utf8)))"}]}"#
    }

    @Test("a short secret in a set is warned about, at the start and when it is read again")
    func shortSecrets() async throws {
        defer { try? FileManager.default.removeItem(at: self.directory) }
        let path = try self.write(self.keySet(of: String(repeating: "x", count: 32)))
        let source = TokenKeySource.keySetFile(path)
        #expect(await source.weakness() == nil)
        _ = try self.write(self.keySet(of: "a"))
        let weakness = await source.weakness()
        #expect(weakness?.hasPrefix("JWT_JWKS_FILE: a secret of tokens in it is shorter than 32 bytes") == true)
        var configuration = ChatServerConfiguration()
        configuration.access.tokens = .init(sources: [source])
        configuration.access.apiKeys = try APIKeys(list: "a")
        #expect(await configuration.warnings.map { $0.prefix { $0 != ":" } } == ["JWT_JWKS_FILE", "API_KEYS"])

        let log = LogRecorder()
        let verifier = TokenVerifier(TokenRules(), limits: ChatLimits())
        await TokenKeyFiles(verifier: verifier, tokens: .init(sources: [source]), logger: log.logger).reload()
        #expect(log.messages == ["the keys of tokens were read again", weakness ?? ""])
    }

    @Test("a key that others have is no secret", arguments: ["RSA", "EC", "Ed25519", "private", "JSON"])
    func keysInPlaceOfSecrets(name: String) async throws {
        defer { try? FileManager.default.removeItem(at: self.directory) }
        let vectors = try TokenVectors()
        let text =
            switch name {
            case "private": vectors.text("badPEM", name)
            case "JSON": String(buffer: vectors.keySet())
            default: vectors.text("pem", name)
            }
        let body = String(text.split(separator: "\n").dropFirst().first ?? "")
        let path = try self.write("# my key\n" + text)
        let sources: [TokenKeySource] = [
            .secret(text), .secretFile(path), .keySetFile(try self.write(self.keySet(of: text), to: "set")),
        ]
        for source in sources {
            let error = await #expect(throws: StartError.self) { try await self.watch(source).1.load() }
            #expect(
                error?.line.hasPrefix(source.setting.name) == true
                    && error?.line.contains("JWT_PUBLIC_KEY_FILE") == true
            )
            #expect(body.isEmpty || error?.line.contains(body) == false)
        }
    }

    @Test("a secret that becomes a public key changes nothing", arguments: [true, false])
    func secretsThatBecomePublicKeys(isInSet: Bool) async throws {
        defer { try? FileManager.default.removeItem(at: self.directory) }
        let vectors = try TokenVectors()
        let maker = TokenMaker()
        let path = try self.write(isInSet ? self.keySet(of: maker.secret) : maker.secret)
        let log = LogRecorder()
        let verifier = TokenVerifier(TokenRules(), limits: ChatLimits())
        let source = isInSet ? TokenKeySource.keySetFile(path) : .secretFile(path)
        let files = TokenKeyFiles(verifier: verifier, tokens: .init(sources: [source]), logger: log.logger)
        try await files.load()
        let pem = vectors.text("pem", "EC")
        _ = try self.write(isInSet ? self.keySet(of: pem) : pem)
        await files.reload()
        #expect(log.messages == ["new keys of tokens cannot be used; the old ones stay"])
        #expect(throws: Never.self) { try verifier.grant(maker.token(#"{"sub":"u1"}"#), now: 0) }
        #expect(throws: TokenFlaw.signature) {
            try verifier.grant(TokenMaker(secret: pem).token(#"{"sub":"u1"}"#), now: 0)
        }
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
