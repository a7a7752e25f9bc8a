// Licensed under the MIT licence.

import Chat
import EngineIO
import EngineIOCore
import SocketIO
import SocketIOCore
import WireJSON

/// Who may be whom: anybody anybody, or whoever has a token the one whom that names.
struct ChatAccess: Sendable {
    /// Checks tokens; nothing where everybody is believed.
    var tokens: TokenVerifier?
    /// Sizes of what clients say.
    var limits = ChatLimits()
    /// The time of day, in seconds since 1970.
    var now: @Sendable () -> Int64 = { WallClock.milliseconds / 1000 }

    /// The token that a client opened its connection or joined with, if there is one: in the `auth` object of its CONNECT packet, in the
    /// query of a client of Engine.IO 3, or in the header field `Authorization: Bearer`, in this order.
    ///
    /// - Throws: `INVALID_TOKEN` if it is no string, or too long.
    func handshakeToken(_ connection: EngineHandshake, _ auth: JSONValue) throws(ChatError) -> String? {
        if let token = try self.token(in: auth) { return token }
        if connection.revision == .v3, let token = connection.query.last(where: { $0.name == "token" })?.value {
            return try self.checked(token)
        }
        guard let words = connection.headers["authorization"]?.split(separator: " ", maxSplits: 1), words.count == 2,
            words[0].lowercased() == "bearer"
        else { return nil }
        return try self.checked(String(words[1].trimmingSpaces()))
    }

    /// The token of an `auth` object or of `authenticate`: its member `token`, which may be null.
    ///
    /// - Throws: `INVALID_TOKEN` if it is no string, or too long.
    func token(in object: JSONValue) throws(ChatError) -> String? {
        guard let value = object.member("token"), value.kind != .null else { return nil }
        // Escapes take at most six bytes for one.
        guard value.bytes.readableBytes <= 6 * self.limits.maximumTokenBytes + 2, let token = value.stringValue else {
            throw self.unusable
        }
        return try self.checked(token)
    }

    private func checked(_ token: String) throws(ChatError) -> String {
        guard token.utf8.count <= self.limits.maximumTokenBytes else { throw self.unusable }
        return token
    }

    private var unusable: ChatError {
        ChatError(.invalidToken, "token must be a string of at most \(self.limits.maximumTokenBytes) bytes.")
    }

    /// Whether a client may go on as the socket that it names: not as somebody else, not with a token of somebody else, not with one
    /// that allows less than the socket has, and not when the socket's time is over.
    ///
    /// Without a word about who it is, knowing the socket's private id is enough until then.
    func mayResume(_ session: RecoverySession, _ connection: EngineHandshake, _ auth: JSONValue) -> Bool {
        guard let kept = session.data[SocketData.grantName] else { return true }
        guard let grant = Grant(json: kept, limits: self.limits) else { return false }
        guard let tokens else {
            guard let claimed = auth.member("user_id"), claimed.kind != .null else { return true }
            return claimed.isString(grant.user.id.string)
        }
        // One from a time when everybody was believed is worth nothing now.
        guard grant.isVerified, let token = try? self.handshakeToken(connection, auth) ?? "" else { return false }
        guard !token.isEmpty else { return !grant.isOver(now: self.now()) }
        guard let fresh = try? tokens.grant(token, now: self.now()), fresh.user.id == grant.user.id else {
            return false
        }
        return session.history.rooms.allSatisfy { room in room.chatRoom.map(fresh.permissions.mayJoin) ?? true }
    }
}
