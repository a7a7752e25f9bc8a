// Licensed under the MIT licence.

package import NIOCore
package import SocketIOCore

/// What every ``RecoveryLog`` has to do.
///
/// A test of each log runs all of it: `try await RecoveryLogSuite(fresh: …).run()`. Logs that call back later are waited for by
/// `settle`, which is to return once every callback has been called. Durable logs are ended and opened again by `reopen`.
package struct RecoveryLogSuite: Sendable {
    /// The options of every log under test, unless a check needs others.
    package static let options = ConnectionStateRecovery(
        maxDisconnectionDuration: .seconds(120),
        maximumReplayBytes: 100_000
    )
    /// How long after it was sent something has surely been received.
    package static let receiptWindow: TimeAmount = .seconds(70)
    /// When every log is made.
    package static let start: NIODeadline = .uptimeNanoseconds(0) + .seconds(1_000)

    let fresh: @Sendable (ConnectionStateRecovery) async throws -> any RecoveryLog
    let settle: @Sendable () async throws -> Void
    let reopen: (@Sendable (ConnectionStateRecovery, _ now: NIODeadline) async throws -> any RecoveryLog)?

    /// Prepares the checks.
    /// - Parameters:
    ///   - fresh: Makes a log over empty storage; the present is ``start``.
    ///   - settle: Returns once every callback has been called.
    ///   - reopen: For durable logs: makes another over the storage of the last one, whose process has just ended without a word; at the
    ///     given time, on the same clock.
    package init(
        fresh: @escaping @Sendable (ConnectionStateRecovery) async throws -> any RecoveryLog,
        settle: @escaping @Sendable () async throws -> Void = {},
        reopen: (@Sendable (ConnectionStateRecovery, _ now: NIODeadline) async throws -> any RecoveryLog)? = nil
    ) {
        self.fresh = fresh
        self.settle = settle
        self.reopen = reopen
    }

    /// Runs every check.
    package func run() async throws {
        try await self.places()
        try await self.takenOnce()
        try await self.sessionsAsTheyWereSaved()
        try await self.missedByRoom()
        try await self.missedByHistory()
        try await self.offsets()
        try await self.quietSessions()
        try await self.held()
        try await self.tooLong()
        try await self.bounds()
        try await self.inUse()
        if self.reopen != nil { try await self.restarts() }
    }
}
