// Licensed under the MIT licence.

public import NIOCore

/// Decides who gets a session when clients ask for it by its private id.
///
/// Every id is in one of these states, or unknown:
///
/// | state | means | left by |
/// |---|---|---|
/// | live | a socket has it | its end |
/// | live, with a claim | so it is, but its client has come back: the old socket is being ended | its end |
/// | granted | somebody may take it from the log, or is being let in with it | ``joined(_:as:now:)``, ``released(_:)`` |
///
/// There is never more than one socket, nor more than one claim, for an id. Everybody else who asks begins anew, which is no error: ids
/// get out, and clients can be copied.
public struct RecoveryDesk<Live, Claim> {
    /// What to do for somebody who asks.
    public enum ClaimAction {
        /// Take the session from the log; then call ``RecoveryDesk/joined(_:as:now:)`` or ``RecoveryDesk/released(_:)``.
        case take
        /// End this socket, whose client has come back before the server noticed that it had gone; the claim is kept until
        /// ``RecoveryDesk/ended(_:)``.
        case takeOver(Live)
        /// Let the client in as a new one.
        case refuse
    }

    private struct LiveEntry {
        let live: Live
        let since: NIODeadline
        var claim: Claim?
    }

    private enum State {
        case live(LiveEntry)
        case granted
    }

    private let minimumTakeOverAge: TimeAmount
    private var states: [PrivateSessionID: State] = [:]

    /// Creates a desk.
    ///
    /// `minimumTakeOverAge`: see ``ConnectionStateRecovery/minimumTakeOverAge``.
    public init(minimumTakeOverAge: TimeAmount) {
        self.minimumTakeOverAge = minimumTakeOverAge
    }

    /// How many ids are known.
    public var count: Int { self.states.count }

    /// A client asks for a session.
    public mutating func claimed(_ pid: PrivateSessionID, by claim: Claim, now: NIODeadline) -> ClaimAction {
        switch self.states[pid] {
        case nil:
            self.states[pid] = .granted
            return .take
        case .granted:
            return .refuse
        case .live(var entry):
            guard entry.claim == nil, entry.since + self.minimumTakeOverAge <= now else { return .refuse }
            entry.claim = claim
            self.states[pid] = .live(entry)
            return .takeOver(entry.live)
        }
    }

    /// A socket has joined with this id, a new one or one that was granted.
    public mutating func joined(_ pid: PrivateSessionID, as live: Live, now: NIODeadline) {
        self.states[pid] = .live(LiveEntry(live: live, since: now))
    }

    /// What was granted was not there, or not used.
    ///
    /// If it was there, save it in the log first.
    public mutating func released(_ pid: PrivateSessionID) {
        guard case .granted = self.states[pid] else { return }
        self.states[pid] = nil
    }

    /// A socket has ended.
    ///
    /// If its session is recoverable, save it in the log first.
    ///
    /// - Returns: Who asked for it meanwhile, and is granted it now: as ``ClaimAction/take``.
    public mutating func ended(_ pid: PrivateSessionID) -> Claim? {
        // A socket ends once; an id that is not live belongs to one that never joined.
        guard case .live(let entry) = self.states[pid] else { return nil }
        self.states[pid] = entry.claim == nil ? nil : .granted
        return entry.claim
    }
}
