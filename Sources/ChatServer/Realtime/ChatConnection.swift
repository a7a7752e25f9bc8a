// Licensed under the MIT licence.

import Chat
import SocketIO

/// The chat's side of one socket.
///
/// Confined to the socket's shard, where it is the socket's `inlineState`.
final class ChatConnection {
    var session: ChatSession
    /// Of the shard.
    let counters: ChatCounters
    /// What the client's handshake said of the trace it belongs to; of nothing without a tracer.
    let trace: TraceScope
    /// What the socket may do; meaningless until it has an identity.
    var permissions = RoomPermissions.everything
    /// Where ``TokenExpiries`` has the socket; nothing if its time is never over.
    var expirySecond: Int64?
    /// What came behind a token that is being checked; nothing while none is.
    var waiting: WaitingEvents?
    /// Whether the socket has been put out; until it has left nothing counts that it sends.
    var isEnding = false
    /// The room that was last found to be one to send to.
    private var recentTarget: RoomID?

    init(session: ChatSession, counters: ChatCounters, trace: TraceScope = TraceScope(nil)) {
        self.session = session
        self.counters = counters
        self.trace = trace
    }

    /// The chat's side of a socket; nothing before it has connected or after it has left.
    static func of(_ socket: Socket) -> ChatConnection? {
        socket.inlineState as? ChatConnection
    }

    /// Takes other permissions.
    func permit(_ permissions: RoomPermissions) {
        self.permissions = permissions
        self.recentTarget = nil
    }

    /// - Throws: `FORBIDDEN` unless the socket may enter the room.
    func requireJoining(_ room: RoomID) throws(ChatError) {
        guard self.permissions.mayJoin(room) else { throw .mayNotJoin }
    }

    /// - Throws: `FORBIDDEN` unless the socket may read in the room.
    func requireReading(_ room: RoomID) throws(ChatError) {
        guard self.permissions.mayRead(room) else { throw .mayNotRead }
    }

    /// - Throws: `FORBIDDEN` unless the socket may send to the room.
    func requireSending(to room: RoomID) throws(ChatError) {
        guard !self.permissions.isEverything, room != self.recentTarget else { return }
        guard self.permissions.maySend(to: room) else { throw .mayNotSend }
        self.recentTarget = room
    }
}

extension ChatError {
    fileprivate static let mayNotJoin = Self(.forbidden, "The token does not let you join and read this room.")
    fileprivate static let mayNotRead = Self(.forbidden, "The token does not let you read this room.")
    fileprivate static let mayNotSend = Self(.forbidden, "The token does not let you send to this room.")
    static let roomsTakenAway = Self(.forbidden, "The new token does not let you read some rooms; you have left them.")
}
