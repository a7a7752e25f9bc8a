// Licensed under the MIT licence.

import ChatStores
import EngineIO
import NIOCore
import NIOPosix
import SocketIO
import SocketIOCore

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
func recoveryLogFactory(_ journal: SQLiteRecoveryJournal?) -> RecoveryLogFactory {
    { namespace, options, receiptWindow in
        // Called on the shard that the log belongs to.
        guard let journal, namespace == "/", let loop = MultiThreadedEventLoopGroup.currentEventLoop else {
            return InMemoryRecoveryLog(options: options, receiptWindow: receiptWindow)
        }
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
