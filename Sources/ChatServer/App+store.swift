// Licensed under the MIT licence.

import Chat
import ChatStores
import Logging

/// Opens the store that the configuration asks for.
///
/// - Parameters:
///   - storage: Which store, where, and how much it keeps.
///   - redis: What the store on Redis goes through.
///   - shards: How many shards will use it.
///   - onCommit: Told of transactions, as ``/ChatStores/SQLiteStoreOptions/onCommit``.
///   - logger: Where to log when the store begins to fail, and when it works again.
/// - Returns: The store, which must be closed.
/// - Throws: What is wrong with the directory or the file, in one line.
func makeStore(
    _ storage: ChatServerConfiguration.Storage,
    redis: RedisNode? = nil,
    shards: Int,
    onCommit: (@Sendable (_ calls: Int, _ nanoseconds: Int64) -> Void)? = nil,
    logger: Logger
) throws(StartError) -> any MessageStore {
    if let redis { return redis.store(storage.retention) }
    switch storage.kind {
    case .redis:
        throw StartError.redisWithoutHost
    case .memory:
        var options = MemoryStoreOptions()
        options.maximumMessagesPerRoom = storage.retention.maximumMessages
        options.maximumAgeMilliseconds = storage.retention.maximumAgeMilliseconds
        return MemoryStore(stripes: shards, options: options)
    case .sqlite:
        var options = SQLiteStoreOptions(directory: storage.dataDirectory)
        options.retention = storage.retention
        options.synchronization = storage.synchronization
        options.onCommit = onCommit
        options.onChange = { condition in
            switch condition {
            case .working:
                logger.notice("the store works again")
            case .failing(let reason):
                logger.error(
                    "the store fails; senders are refused until it works again",
                    metadata: ["reason": "\(reason)"]
                )
            case .broken(let reason):
                logger.critical(
                    "the store is damaged; senders are refused until it has been mended and the server started again",
                    metadata: ["reason": "\(reason)"]
                )
            }
        }
        do {
            return try SQLiteStore(options)
        } catch {
            throw StartError(error)
        }
    }
}

extension ChatServerConfiguration.Storage {
    var retention: Retention {
        Retention(
            maximumMessages: self.historyMaxMessages,
            maximumAgeMilliseconds: self.historyMaxAge.components.seconds * 1000,
            maximumAbsenceMilliseconds: self.lastSeenMaxAge.components.seconds * 1000
        )
    }
}

extension StartError {
    /// Said by the configuration, and by what is built without one.
    static let redisWithoutHost = Self("STORE is redis, but REDIS_HOST is not set; set it to where Redis is.")

    /// What to do about a store that cannot be opened.
    init(_ error: StoreOpeningError) {
        switch error {
        case .directory(let path, let reason):
            self.init(
                "DATA_DIR is \(path.oneLine), which cannot be used (\(reason)); set it to a directory that can be written."
            )
        case .inUse(let path):
            self.init(
                "DATA_DIR is \(path.oneLine), which another server is using; stop that or set DATA_DIR to another directory."
            )
        case .notADatabase(let path):
            self.init("\(path.oneLine) is no database; move it away or set DATA_DIR to another directory.")
        case .foreign(let path):
            self.init("\(path.oneLine) is a database of another program; set DATA_DIR to another directory.")
        case .newer(let path, let version, let known):
            self.init(
                """
                \(path.oneLine) was written by a newer version (schema \(version), this one knows \(known)); \
                run that version or set DATA_DIR to another directory.
                """
            )
        case .damaged(let path, let reason):
            self.init(
                """
                \(path.oneLine) is damaged (\(reason.oneLine)); move all files of its directory away, then put a backup there, \
                or begin anew.
                """
            )
        case .unreadable(let path, let reason):
            self.init(
                "\(path.oneLine) cannot be opened (\(reason.oneLine)); see to the file or set DATA_DIR to another directory."
            )
        }
    }
}

extension String {
    /// The text without line breaks or other control characters, which paths may hold.
    var oneLine: String {
        String(
            String.UnicodeScalarView(
                self.unicodeScalars.map { $0.properties.generalCategory == .control ? "\u{fffd}" : $0 }
            )
        )
    }
}
