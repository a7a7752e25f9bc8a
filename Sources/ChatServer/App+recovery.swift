// Licensed under the MIT licence.

import ChatStores
import EngineIO
import NIOCore
import NIOPosix
import SocketIO
import SocketIOCore
import Synchronization

extension ChatServerConfiguration {
    /// Opens the journal that lets clients come back after a restart, where there is a directory to keep it in.
    ///
    /// - Returns: The journal, which must be closed; nothing if nobody is to come back, or nothing is kept.
    /// - Throws: That its file is another program's.
    func makeRecoveryJournal() throws(StartError) -> SQLiteRecoveryJournal? {
        guard self.storage.kind == .sqlite else { return nil }
        guard self.chat.recovery != .off else {
            SQLiteRecoveryJournal.discard(directory: self.storage.dataDirectory)
            return nil
        }
        do {
            return try SQLiteRecoveryJournal(directory: self.storage.dataDirectory)
        } catch {
            throw StartError(error)
        }
    }
}

/// Makes recovery logs: of the chat's namespace with a journal, if there is one, of others in memory.
func recoveryLogFactory(_ journal: SQLiteRecoveryJournal?, _ nodes: NodeRecovery?) -> RecoveryLogFactory {
    { namespace, options, receiptWindow in
        // Called on the shard that the log belongs to.
        guard namespace == "/", let loop = MultiThreadedEventLoopGroup.currentEventLoop else {
            return InMemoryRecoveryLog(options: options, receiptWindow: receiptWindow)
        }
        if let nodes { return nodes.makeLog(options, receiptWindow, on: loop) }
        guard let journal else { return InMemoryRecoveryLog(options: options, receiptWindow: receiptWindow) }
        journal.answer { job in loop.execute(job) }
        return JournaledRecoveryLog(
            options: options,
            receiptWindow: receiptWindow,
            journal: journal,
            entries: journal.takeEntries(),
            now: .now(),
            nanosecondsSince1970: WallClock.milliseconds * 1_000_000
        )
    }
}

/// Lets clients come back at any node.
final class NodeRecovery: Sendable {
    private let redis: RedisRecovery
    private let chat = Mutex<ChatService?>(nil)

    /// Nothing is connected yet.
    init(_ redis: RedisRecovery) {
        self.redis = redis
    }

    /// Names the chat; to be called before the first client comes.
    func serve(_ chat: ChatService) { self.chat.withLock { $0 = chat } }

    /// Makes the log of the chat's namespace.
    func makeLog(
        _ options: ConnectionStateRecovery,
        _ receiptWindow: TimeAmount,
        on loop: any EventLoop
    ) -> SharedRecoveryLog {
        self.redis.open(on: loop, options: options, numbering: ChatService.numbering) { pid, offset, whenDone in
            guard let chat = self.chat.withLock({ $0 }) else { return whenDone(nil) }
            chat.namespace.withdrawSession(pid, after: offset, whenDone: whenDone)
        }
        let log = SharedRecoveryLog(
            options: options,
            receiptWindow: receiptWindow,
            journal: self.redis,
            surroundings: .init(
                peers: self.redis,
                numbering: ChatService.numbering,
                now: { loop.now },
                welcome: { welcome, whenDone in
                    guard let chat = self.chat.withLock({ $0 }) else { return whenDone(false) }
                    chat.welcome(welcome, whenDone: whenDone)
                }
            ),
            nanosecondsSince1970: WallClock.milliseconds * 1_000_000
        )
        self.redis.attach(log)
        return log
    }
}
