// Licensed under the MIT licence.

import Chat
import GRDB

/// What a reading thread does: takes one call after the other from a line that it shares with others.
struct ReaderThread {
    let line: WorkLine<ReadCall>
    let status: StoreStatus
    let retention: Retention

    /// Works until the line is closed and empty.
    func run(_ database: Database) {
        var reader: StoreReader?
        while case .work(let calls) = self.line.take(1) {
            for call in calls {
                do {
                    let current = try reader ?? StoreReader(database, retention: self.retention)
                    reader = current
                    if let failure = current.carryOut(call) { self.status.readFailed(failure) }
                } catch {
                    let failure = SQLiteFailure(error)
                    self.status.readFailed(failure)
                    call.fail(StoreError(.notDone, reason: failure.reason))
                }
            }
            self.line.done(count: calls.count, bytes: 0)
        }
    }
}
