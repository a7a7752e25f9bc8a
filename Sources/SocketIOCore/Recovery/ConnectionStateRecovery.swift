// Licensed under the MIT licence.

public import EngineIOCore
public import WireJSON

/// Whether and for how long clients that lose their connection can pick up where they left.
///
/// A client of v4.6 or later that comes back in time gets its socket's id, rooms and data back, and every event that it missed. The
/// names are those of the reference server; the bounds are our own and hold for each namespace.
public struct ConnectionStateRecovery: Sendable {
    /// How long a client may be away; 2 min by default.
    public var maxDisconnectionDuration: Duration
    /// Whether a client that comes back is spared the namespace's middleware; it is by default.
    public var skipMiddlewares: Bool
    /// The most events to keep; 100,000 by default.
    public var maximumEvents: Int
    /// The most bytes of events to keep, roughly counted; 64 MiB by default.
    public var maximumEventBytes: Int
    /// The most sessions to keep; 100,000 by default.
    public var maximumSessions: Int
    /// The most bytes of sessions to keep, roughly counted: their rooms and data; 64 MiB by default.
    public var maximumSessionBytes: Int
    /// The most bytes to send to one client that comes back, roughly counted; one that missed more begins anew.
    ///
    /// 2 MiB by default. It has to stay below what the engine lets wait for one peer (``/EngineIOCore/EngineIOLimits/maximumOutboundBytes``).
    public var maximumReplayBytes: Int
    /// The most events to look at for one client that comes back; one for which more would have to be begins anew.
    ///
    /// 20,000 by default. Looked at are events for everybody and for the client's rooms, also those that turn out not to be for it, as when
    /// it is excepted.
    public var maximumExaminedEvents: Int
    /// How many joins and leaves of one socket to remember, of the last minute or so; 256 by default.
    ///
    /// A client whose socket changed rooms more often than that before an event it missed begins anew.
    public var maximumRoomChanges: Int
    /// For how long after a socket joined nobody else can take it over; 250 ms by default.
    ///
    /// A client may come back before the server has noticed that its connection is dead, which on long-polling can take as long as
    /// the heartbeat; its old socket is then ended. Clients wait for half a second before they come back, so who comes earlier
    /// than this is another one with the same id, and gets a socket of its own.
    public var minimumTakeOverAge: Duration

    /// Which clients take part; every client of Engine.IO 4 by default, and those of Engine.IO 3 never.
    ///
    /// Others get neither a private id nor the offset, which is an argument more at the end of every event: too many for handlers that
    /// take a fixed number of arguments, as those of clients in Python and Dart often do. Such clients can be told apart by what they
    /// send when they connect:
    ///
    /// ```swift
    /// ConnectionStateRecovery(takesPart: { _, auth in auth.member("recovers")?.boolValue ?? false })
    /// ```
    /// Asked once for each CONNECT, on the connection's shard, with the request that opened the connection and the data of the
    /// CONNECT packet. Must not block. A client that comes back has to be told apart in the same way, or begins anew.
    public var takesPart: @Sendable (_ connection: EngineHandshake, _ auth: JSONValue) -> Bool

    /// Whether a client may go on as the socket that it names; every client that knows a private id may by default.
    ///
    /// Asked off the shard, with what was kept of the socket, the request that opened the client's connection, and the data of its CONNECT
    /// packet, before the client is sent anything. A client that may not begins anew, and what was kept stays for whoever may.
    public var mayResume:
        (@Sendable (_ session: RecoverySession, _ connection: EngineHandshake, _ auth: JSONValue) async -> Bool)?

    /// Creates options; every one has a default.
    public init(
        maxDisconnectionDuration: Duration = .seconds(120),
        skipMiddlewares: Bool = true,
        maximumEvents: Int = 100_000,
        maximumEventBytes: Int = 64 * 1_024 * 1_024,
        maximumSessions: Int = 100_000,
        maximumSessionBytes: Int = 64 * 1_024 * 1_024,
        maximumReplayBytes: Int = 2 * 1_024 * 1_024,
        maximumExaminedEvents: Int = 20_000,
        maximumRoomChanges: Int = 256,
        minimumTakeOverAge: Duration = .milliseconds(250),
        takesPart: @escaping @Sendable (_ connection: EngineHandshake, _ auth: JSONValue) -> Bool = { _, _ in true },
        mayResume: (
            @Sendable (_ session: RecoverySession, _ connection: EngineHandshake, _ auth: JSONValue) async -> Bool
        )? = nil
    ) {
        self.maxDisconnectionDuration = maxDisconnectionDuration
        self.skipMiddlewares = skipMiddlewares
        self.maximumEvents = maximumEvents
        self.maximumEventBytes = maximumEventBytes
        self.maximumSessions = maximumSessions
        self.maximumSessionBytes = maximumSessionBytes
        self.maximumReplayBytes = maximumReplayBytes
        self.maximumExaminedEvents = maximumExaminedEvents
        self.maximumRoomChanges = maximumRoomChanges
        self.minimumTakeOverAge = minimumTakeOverAge
        self.takesPart = takesPart
        self.mayResume = mayResume
    }
}
