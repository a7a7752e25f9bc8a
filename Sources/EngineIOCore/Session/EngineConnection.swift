// Licensed under the MIT licence.

public import NIOCore

/// One Engine.IO session, as the layer above sees it.
///
/// Lives on one shard; every member is called there.
public protocol EngineConnection: AnyObject {
    /// The shard this connection lives on.
    var shard: any EngineShard { get }
    /// The connection's place in its shard.
    var slot: ConnectionSlot { get }
    /// What the client said when it connected.
    var handshake: EngineHandshake { get }
    /// The session's id. A credential: who knows it can read and write as this client, so it belongs in no log.
    var sessionID: SessionID { get }
    /// `polling` or `websocket`, at this moment.
    var transport: TransportName { get }

    /// How long after the last heartbeat the next is due.
    var pingInterval: TimeAmount { get }
    /// How long a heartbeat may take before the session counts as dead.
    var pingTimeout: TimeAmount { get }

    /// Sends one message. Messages to one connection keep their order.
    ///
    /// `isVolatile`: drop the message if it cannot leave at once.
    func send(_ message: EngineMessage, isVolatile: Bool)
    /// Sends what is due, then ends the session; the handler's ``EngineConnectionHandler/closed(_:)`` is called at once.
    func close(_ reason: EngineCloseReason)
    /// Calls back, on the shard, once all that was sent before has left: taken by the network, or fetched by a poll. Or once the
    /// session has ended.
    func whenFlushed(_ job: @escaping @Sendable () -> Void)
    /// Stops taking input from the peer, so that its sends back up in the network. Calls do not nest.
    func pauseReading()
    /// Takes input again.
    func resumeReading()
    /// Asks for one call of ``EngineConnectionHandler/deadlineReached(now:)`` at `deadline` (within the shard's timer
    /// resolution), replacing an earlier wish; `nil` takes it back.
    func setDeadline(_ deadline: NIODeadline?)
}

/// What the layer above does with one session.
///
/// Called on the session's shard only.
public protocol EngineConnectionHandler: AnyObject {
    /// A text message came. The buffer is valid UTF-8.
    func textReceived(_ text: ByteBuffer)
    /// A binary message came.
    func binaryReceived(_ bytes: ByteBuffer)
    /// The time set with ``EngineConnection/setDeadline(_:)`` has come.
    func deadlineReached(now: NIODeadline)
    /// The session ended. The last call.
    func closed(_ reason: EngineCloseReason)
}

extension EngineConnectionHandler {
    /// Does nothing.
    public func deadlineReached(now: NIODeadline) {}
}

/// The name of a transport on the wire.
public enum TransportName: String, Sendable, Hashable, CaseIterable {
    /// HTTP long-polling, with XHR or JSONP.
    case polling
    /// WebSocket (RFC 6455).
    case websocket
}

/// Gives each new session its handler.
///
/// Called on the session's shard; what the handler sends at once leaves with the answer to the handshake.
public typealias EngineAcceptor = @Sendable (any EngineConnection) -> any EngineConnectionHandler
