// Licensed under the MIT licence.

public import EngineIOCore
public import NIOCore

/// Carries messages between the processes that serve the same clients, so that a request may arrive at any of them.
///
/// A session lives in one process, and its id names that one's address. A poll, a POST or an upgrade that arrives in another process is taken
/// to the session over the link, and its answer comes back. See ``EngineForwarding``.
///
/// **Trust.** Whoever can write to the link speaks for clients; nothing of it may be reached by them.
///
/// **Order.** What one thread sends to one address arrives in the order of the calls. What is lost is not sent again: the link may lose messages
/// if it says so, by ``EngineNodeReceiver/interrupted()`` or by ``EngineNodeDelivery/failed``.
public protocol EngineNodeLink: AnyObject, Sendable {
    /// This process's address; no other process has or had the same.
    var address: NodeAddress { get }

    /// Begins to receive.
    ///
    /// Called once, before anything is sent.
    ///
    /// - Parameter receiver: Gets what others send to ``address``; held until ``close()``.
    func open(_ receiver: any EngineNodeReceiver)

    /// Whether what others send to ``address`` arrives; true unless the link knows better.
    ///
    /// As long as it does not, requests for sessions elsewhere are answered as if there were none, since nothing else would come. To
    /// be false before ``EngineNodeReceiver/interrupted()`` is called. May be read from anywhere, and must not wait.
    var isReceiving: Bool { get }

    /// Sends a message.
    ///
    /// May be called from anywhere, must not wait, and does not call back before it has returned.
    ///
    /// - Parameters:
    ///   - message: Bytes that mean nothing to the link. Some are as long as an answer to a poll may be.
    ///   - node: Whom to.
    ///   - completion: Called once, on any thread, with what became of it.
    func send(
        _ message: ByteBuffer,
        to node: NodeAddress,
        completion: @escaping @Sendable (EngineNodeDelivery) -> Void
    )

    /// Ends receiving; messages that were sent before may still leave.
    func close()
}

extension EngineNodeLink {
    /// True.
    public var isReceiving: Bool { true }
}

/// What became of a message to another process.
public enum EngineNodeDelivery: Sendable, Hashable {
    /// It is on its way to a process that receives.
    case sent
    /// Nobody receives at that address: its process has gone.
    case nobody
    /// It is lost, or may be.
    case failed
}

/// Receives what other processes send.
public protocol EngineNodeReceiver: AnyObject, Sendable {
    /// A message came.
    ///
    /// Called from one thread at a time, in order; does not wait.
    ///
    /// - Parameter message: As it was sent.
    func received(_ message: ByteBuffer)

    /// Messages may have been lost.
    func interrupted()
}

/// How requests reach sessions in other processes; given to ``EngineServer``.
///
/// ```swift
/// let engine = EngineServer(eventLoopGroup: group, forwarding: EngineForwarding(link), logger: logger)
/// ```
///
/// Then no balancer has to keep clients at one process. Clients that begin on a WebSocket never need it. Those that begin by polling, which stock
/// clients do, are at another process than their session as often as not; their WebSocket goes through both for as long as it
/// lives. That costs what it would cost to pass each message on once more, so where there is much of it, let the balancer keep clients at
/// one process if it can, or clients begin on WebSocket.
public struct EngineForwarding: Sendable {
    /// Carries the messages.
    public var link: any EngineNodeLink
    /// How long another process may take; a poll has the heartbeat's time on top.
    ///
    /// 10 seconds unless set.
    public var timeout: Duration
    /// The most requests under way to other processes, and as many from others; more are answered 503.
    ///
    /// 10,000 unless set.
    public var maximumRequests: Int
    /// The most WebSockets that go on to other processes, and as many from others; more clients stay on polling.
    ///
    /// 10,000 unless set.
    public var maximumTunnels: Int
    /// How many bytes of a WebSocket may be on the way between two processes, in each direction.
    ///
    /// 256 KiB unless set.
    public var tunnelWindowBytes: Int

    /// Describes forwarding.
    ///
    /// - Parameters:
    ///   - link: Carries the messages; it belongs to one server.
    ///   - timeout: See ``timeout``.
    ///   - maximumRequests: See ``maximumRequests``.
    ///   - maximumTunnels: See ``maximumTunnels``.
    ///   - tunnelWindowBytes: See ``tunnelWindowBytes``.
    public init(
        _ link: any EngineNodeLink,
        timeout: Duration = .seconds(10),
        maximumRequests: Int = 10_000,
        maximumTunnels: Int = 10_000,
        tunnelWindowBytes: Int = 256 * 1024
    ) {
        self.link = link
        self.timeout = timeout
        self.maximumRequests = maximumRequests
        self.maximumTunnels = maximumTunnels
        self.tunnelWindowBytes = tunnelWindowBytes
    }
}
