// Licensed under the MIT licence.

import NIOCore
import SocketIO
import SocketIOCore
import SocketIOTesting
import Synchronization

/// A server that can be killed, and whose journal the next one reads.
final class DurableServer {
    let journal = TestRecoveryJournal()
    private(set) var fixture: Fixture
    private let shards: Int
    private let configure: (Fixture) -> Void
    /// The time that all servers have in common, when the present one began.
    private var nanoseconds: Int64 = 1_700_000_000_000_000_000

    init(shards: Int = 2, seed: UInt64? = nil, configure: @escaping (Fixture) -> Void = { _ in }) {
        self.shards = shards
        self.configure = configure
        self.fixture = Self.begin(self.journal, shards: shards, seed: seed, nanoseconds: self.nanoseconds)
        configure(self.fixture)
    }

    /// Ends the process without a word, and begins another on a machine that has just been started.
    func restart(after time: TimeAmount = .seconds(1), seed: UInt64? = nil) {
        self.nanoseconds += (self.fixture.loop.now - Self.start + time).nanoseconds
        self.fixture = Self.begin(self.journal, shards: self.shards, seed: seed, nanoseconds: self.nanoseconds)
        self.configure(self.fixture)
    }

    /// When the clocks of loops begin.
    private static let start = TestLoop().now

    private static func begin(
        _ journal: TestRecoveryJournal,
        shards: Int,
        seed: UInt64?,
        nanoseconds: Int64
    ) -> Fixture {
        let entries = journal.crash()
        journal.lateness = 5
        let current = CurrentLoop()
        let log: RecoveryLogFactory = { _, options, window in
            let loop = current.loop.withLock { $0 }
            let now = loop?.now ?? Self.start
            if let home = loop?.shards.first(where: { $0.isCurrent }) { journal.gather { home.execute($0) } }
            return JournaledRecoveryLog(
                options: options,
                receiptWindow: window,
                journal: journal,
                entries: entries,
                now: now,
                nanosecondsSince1970: nanoseconds + (now - Self.start).nanoseconds
            )
        }
        let options = ServerOptions(connectionStateRecovery: .init(), recoveryLog: log)
        let fixture = Fixture(shards: shards, seed: seed, options: options)
        current.loop.withLock { $0 = fixture.loop }
        return fixture
    }
}

private final class CurrentLoop: Sendable {
    let loop = Mutex<TestLoop?>(nil)
}
