// Licensed under the MIT licence.

import Chat
import ChatStores
import Foundation
import Logging
import NIOCore
import Testing

@testable import ChatServer

/// The store that the configuration asks for.
@Suite struct StoreTests {
    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private static func storage(_ directory: String) -> ChatServerConfiguration.Storage {
        ChatServerConfiguration.Storage(kind: .sqlite, dataDirectory: directory)
    }

    @Test func theOneInMemoryNeedsNothing() throws {
        let store = try makeStore(.init(kind: .memory, dataDirectory: "/dev/null/x"), shards: 2, logger: Self.logger)
        #expect(store is MemoryStore)
    }

    @Test func theOneOnDiskIsReadyAndClosed() async throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("martlet-\(UUID().uuidString)")
            .path
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let store = try makeStore(Self.storage(directory), shards: 2, logger: Self.logger)
        let readiness = Readiness(storeKind: .sqlite, store: store)
        let ready = await readiness.report(logger: Self.logger)
        #expect(ready.isReady)
        #expect(String(buffer: ready.body).contains(#""store":{"status":"ok","kind":"sqlite"}"#))
        let error = #expect(throws: StartError.self) {
            try makeStore(Self.storage(directory), shards: 2, logger: Self.logger)
        }
        #expect(error?.line.contains("DATA_DIR is \(directory), which another server is using") == true)
        await withCheckedContinuation { continuation in store.close { continuation.resume() } }
        let next = try makeStore(Self.storage(directory), shards: 2, logger: Self.logger)
        await withCheckedContinuation { continuation in next.close { continuation.resume() } }
    }

    @Test(arguments: [
        StoreOpeningError.directory(path: "/a\nb", reason: "Permission denied"), .inUse(path: "./data"),
        .notADatabase(path: "./data/martlet.sqlite"), .foreign(path: "./data/martlet.sqlite"),
        .newer(path: "./data/martlet.sqlite", version: 7, known: 1),
        .damaged(path: "./data/martlet.sqlite", reason: "*** in database main ***\nTree 4 page 4"),
        .unreadable(path: "./data/martlet.sqlite", reason: "disk I/O error (code 10)"),
    ])
    func whatIsWrongIsOneLineThatSaysWhatToDo(error: StoreOpeningError) {
        let line = StartError(error).line
        #expect(line.split(whereSeparator: \.isNewline).count == 1, "\(line)")
        #expect(line.hasSuffix("."), "\(line)")
        #expect(line.contains("data") || line.contains("DATA_DIR"), "\(line)")
    }
}
