// Licensed under the MIT licence.

import Foundation
import HTTPTypes
import Testing

@testable import ChatServer

@Suite(.timeLimit(.minutes(5))) struct APIKeyFileTests {
    private func withFile(_ body: (String, APIKeyring, LogRecorder) async throws -> Void) async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "api-keys-\(UUID().uuidString)").path()
        defer { try? FileManager.default.removeItem(atPath: path) }
        try self.write("bot:first", to: path)
        try await body(path, APIKeyring(APIKeys(file: path)), LogRecorder())
    }

    private func write(_ text: String, to path: String) throws {
        try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
    }

    @Test("the keys are those of the file, and a broken file changes nothing")
    func reloading() async throws {
        try await self.withFile { path, keyring, log in
            let file = APIKeyFile(path, keyring: keyring, logger: log.logger)
            #expect(keyring.key("first")?.name == "bot" && log.messages.isEmpty)
            let second = String(repeating: "2", count: 32)
            try self.write("# new\nbot:\(second):read\n", to: path)
            await file.reload()
            #expect(keyring.key("first") == nil && keyring.key(second)?.allows(.send) == false)
            #expect(log.messages == ["the API keys were read again"])
            for text in ["", "\n", "a b", "bot:send", "a:k,a:l", "\u{0}"] {
                try self.write(text, to: path)
                await file.reload()
                #expect(keyring.key(second) != nil && keyring.key("send") == nil)
            }
            try FileManager.default.removeItem(atPath: path)
            await file.reload()
            #expect(keyring.key(second) != nil)
            let faults = log.messages.dropFirst()
            #expect(faults.count == 7 && Set(faults) == ["new API keys cannot be used; the old ones stay"])
        }
    }

    @Test("a short key is warned about when it is read again, and not shown")
    func shortKeys() async throws {
        try await self.withFile { path, keyring, log in
            let file = APIKeyFile(path, keyring: keyring, logger: log.logger)
            try self.write("bot:geheim", to: path)
            await file.reload()
            #expect(log.messages.count == 2 && log.messages.last?.hasPrefix("API_KEYS_FILE: a key of the REST") == true)
            #expect(!log.messages.contains { $0.contains("geheim") })
        }
    }

    @Test("a change between the settings and the watch is seen, and so is one behind it")
    func changesAtStart() async throws {
        try await self.withFile { path, keyring, log in
            try self.write("bot:second", to: path)
            let file = APIKeyFile(path, keyring: keyring, logger: log.logger)
            #expect(keyring.key("second") != nil && keyring.key("first") == nil)
            try self.write("bot:third-key", to: path)
            var seen = file.firstSeen
            let hasChanged = seen.haveChanged()
            #expect(hasChanged)
        }
    }

    @Test("asked to, the watch reads it again")
    func requests() async throws {
        try await self.withFile { path, keyring, log in
            let file = APIKeyFile(path, keyring: keyring, logger: log.logger)
            try self.write("bot:second", to: path)
            let (requests, asking) = AsyncStream.makeStream(of: Void.self)
            let watch = KeyFileWatch([file], interval: .seconds(600), requests: requests, logger: log.logger)
            await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await watch.run() }
                asking.yield()
                while keyring.key("second") == nil { await Task.yield() }
                group.cancelAll()
            }
            #expect(keyring.key("first") == nil)
        }
    }

    @Test("requests are let in by the keys that there are when they come")
    func middleware() async throws {
        try await self.withFile { path, keyring, log in
            let file = APIKeyFile(path, keyring: keyring, logger: log.logger)
            let api = try API(["API_KEYS_FILE": path], keys: keyring)
            let name = try #require(HTTPField.Name("x-api-key"))
            #expect(try await api(.get, "/rooms/r/users", [name: "first"]).status == 200)
            try self.write("bot:second:read", to: path)
            await file.reload()
            #expect(try await api(.get, "/rooms/r/users", [name: "first"]).status == 401)
            #expect(try await api(.get, "/rooms/r/users", [name: "second"]).status == 200)
            #expect(try await api.post(#"{"room_id":"r","content":"x"}"#, [name: "second"]).status == 403)
        }
    }
}
