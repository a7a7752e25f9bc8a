// Licensed under the MIT licence.

import Chat
import ChatStores
import Foundation
import GRDB

/// A directory of a test's own; removed with all that is in it when the test lets go of it.
final class ScratchDirectory: Sendable {
    private let root: String
    /// Where ``store(_:)`` keeps its files.
    let data: String
    var database: String { self.data + "/martlet.sqlite" }

    init() {
        self.root = FileManager.default.temporaryDirectory.appendingPathComponent("martlet-\(UUID().uuidString)").path
        self.data = self.root + "/data"
    }

    deinit { try? FileManager.default.removeItem(atPath: self.root) }

    func path(_ name: String) -> String { self.root + "/" + name }

    /// The files of the store.
    var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: self.data)) ?? []).sorted() }

    /// A store for which it is the time that messages of tests are from.
    func store(_ change: (inout SQLiteStoreOptions) -> Void = { _ in }) throws -> SQLiteStore {
        var options = SQLiteStoreOptions(directory: self.data)
        options.now = { time().milliseconds }
        // A commit on a busy machine is no disk that hangs.
        options.hangMilliseconds = 60_000
        change(&options)
        return try SQLiteStore(options)
    }

    /// Asks the database itself; no store may have it open.
    func count(_ sql: String) throws -> Int {
        try DatabaseQueue(path: self.database).read { try Int.fetchOne($0, sql: sql) ?? 0 }
    }

    /// Changes the database behind the store's back.
    func execute(_ sql: String) throws {
        try DatabaseQueue(path: self.database).writeWithoutTransaction { try $0.execute(sql: sql) }
    }

    /// Locks the database against writers until what is returned is called.
    func lock() throws -> () -> Void {
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let other = try DatabaseQueue(path: self.database, configuration: configuration)
        try other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        return { try? other.close() }
    }
}
