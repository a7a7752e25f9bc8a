// Licensed under the MIT licence.

import Chat
import NIOCore
import WireJSON

/// Who a socket is, what that lets it do, and until when.
struct Grant: Equatable, Sendable {
    let user: ChatUser
    var permissions = RoomPermissions.everything
    /// From which second since 1970 on it is worth nothing, leeway included; nothing for never.
    var expiry: Int64?
    /// Whether a token said so, and not the client.
    var isVerified = false

    /// Whether its time is over.
    func isOver(now: Int64) -> Bool { self.expiry.map { now >= $0 } ?? false }
}

// What a socket that may come back keeps: `{"user_id":"u1","username":"Ann","verified":true,"expiry":1700000000,"rooms":["*"]}`.
extension Grant {
    var json: ByteBuffer {
        var json = ServerPayload.authenticated(self.user)
        guard self.isVerified else { return json }
        // The last byte is the closing brace.
        json.moveWriterIndex(to: json.writerIndex - 1)
        json.writeString(#","verified":true"#)
        if let expiry { json.writeString(#","expiry":\#(expiry)"#) }
        if let claim = self.permissions.claim {
            json.writeString(#","rooms":"#)
            json.writeImmutableBuffer(claim.bytes)
        }
        json.writeString("}")
        return json
    }

    /// Nothing if this is not what ``json`` gave.
    init?(json value: JSONValue, limits: ChatLimits) {
        guard let user = try? AuthenticateRequest(decoding: value, requiresUserID: true, limits: limits).user,
            let permissions = RoomPermissions(claim: value.member("rooms"))
        else { return nil }
        self.init(user: user, permissions: permissions)
        self.isVerified = value.member("verified")?.boolValue ?? false
        guard let expiry = value.member("expiry") else { return }
        guard let seconds = expiry.intValue else { return nil }
        self.expiry = Int64(seconds)
    }
}
