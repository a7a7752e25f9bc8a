// Licensed under the MIT licence.

public import EngineIOCore
public import NIOCore

/// Knows, from the heartbeat alone, up to when everything that was sent to a client has been received by it.
///
/// The heartbeat pings at the latest one interval after the last pong, and ends the session one timeout after a ping without
/// answer. Let a session still be open at some time, and read all along. The latest ping whose pong has come was then sent at
/// most one interval and two timeouts before: its pong took up to a timeout, the next ping came an interval after that, and has
/// been waiting for up to a timeout. Messages and pings reach a client in the order in which they were sent. So all that was
/// sent before that ping has been received, and what is older than ``window``, which adds a reserve for timers that
/// are late and clocks of different shards, surely has.
///
/// While a connection is not read pongs are not heard and nothing more is known; likewise in the beginning.
public struct ReceiptClock: Sendable, Equatable {
    /// Late timers, differing clocks, the way from shard to shard.
    public static let reserve: TimeAmount = .seconds(5)

    /// How long after it was sent something has surely been received, on an open connection that is read.
    public let window: TimeAmount
    /// Since when the connection has been read without a pause; `nil` while it is not read.
    private var readSince: NIODeadline?
    /// What was known when that began.
    private var known: NIODeadline

    /// How long after it was sent something has surely been received, with this heartbeat.
    public static func window(pingInterval: TimeAmount, pingTimeout: TimeAmount) -> TimeAmount {
        // A year is more than enough, and adds up without overflow.
        let longest: TimeAmount = .hours(24 * 365)
        let (interval, timeout) = (min(pingInterval, longest), min(pingTimeout, longest))
        return interval + timeout + timeout + self.reserve
    }

    /// Starts when a connection joins a namespace.
    /// - Parameters:
    ///   - window: See ``window(pingInterval:pingTimeout:)``.
    ///   - now: The present.
    ///   - receivedBefore: Of a restored session, what was known at its end; a new one has missed nothing yet.
    public init(window: TimeAmount, now: NIODeadline, receivedBefore: NIODeadline? = nil) {
        self.window = window
        self.readSince = now
        self.known = receivedBefore ?? now - window
    }

    /// What the clock knows, to be kept outside of memory.
    struct State: Equatable {
        var window: TimeAmount
        var readSince: NIODeadline?
        var known: NIODeadline
    }

    var state: State { State(window: self.window, readSince: self.readSince, known: self.known) }

    init(_ state: State) {
        (self.window, self.readSince, self.known) = (state.window, state.readSince, state.known)
    }

    /// All that was sent before this time has been received, if the connection is open.
    public func receivedBefore(now: NIODeadline) -> NIODeadline {
        guard let readSince, now - self.window >= readSince else { return self.known }
        return max(self.known, now - self.window)
    }

    /// The connection is no longer read.
    public mutating func readingPaused(now: NIODeadline) {
        self.known = self.receivedBefore(now: now)
        self.readSince = nil
    }

    /// The connection is read again.
    public mutating func readingResumed(now: NIODeadline) {
        self.readSince = now
    }
}

extension EngineCloseReason {
    /// Whether a client whose session ended like this may have its state restored.
    ///
    /// As in the reference server (`RECOVERABLE_DISCONNECT_REASONS` of socket.io 4.8, `socket.ts`), and so may one that
    /// did not read fast enough, which the reference server does not know.
    public var isRecoverable: Bool {
        switch self {
        case .transportClose, .transportError, .pingTimeout, .forcedServerClose, .serverShuttingDown, .slowConsumer:
            true
        case .parseError: false
        }
    }
}
