// Licensed under the MIT licence.

import CCrypt
import EngineIOCore
import NIOCore
import SocketIO
import Synchronization
import WireJSON

/// Decides who may join the admin namespace.
final class Authenticator: Sendable {
    private struct State {
        var sessions: AdminSessions
        var limiter: AttemptLimiter
    }

    private struct Credentials {
        var username: [UInt8]
        var hash: PasswordHash
    }

    static let maximumUsernameBytes = 256
    /// What the UI waits for in order to ask for the password again.
    static let invalidCredentials = ConnectionRefusal("invalid credentials")
    static let tooManyAttempts = ConnectionRefusal("too many attempts, try again later")
    static let busy = ConnectionRefusal("server busy, try again later")

    private let credentials: Credentials?
    private let queue: WorkQueue
    private let state: Mutex<State>

    init(
        _ authentication: AdminOptions.Authentication,
        limits: AdminOptions.Limits,
        queue: WorkQueue = WorkQueue()
    ) throws(AdminConfigurationError) {
        switch authentication {
        case .none:
            self.credentials = nil
        case .basic(let username, let passwordHash):
            guard (1...Self.maximumUsernameBytes).contains(username.utf8.count) else {
                throw AdminConfigurationError(.badUsername, "the name of the admin is to have 1 to 256 bytes")
            }
            self.credentials = Credentials(username: Array(username.utf8), hash: try PasswordHash(passwordHash))
        }
        self.queue = queue
        self.state = Mutex(
            State(
                sessions: AdminSessions(
                    maximumCount: limits.maximumSessions,
                    lifetime: TimeAmount(limits.sessionLifetime)
                ),
                limiter: AttemptLimiter(maximumAttempts: limits.maximumFailures)
            )
        )
    }

    /// Lets somebody in, or throws.
    ///
    /// - Parameters:
    ///   - auth: The data of the CONNECT packet: `{"username":…,"password":…}` or `{"sessionId":…}`.
    ///   - address: Where it came from.
    ///   - now: The time.
    /// - Returns: The id of a new session if the password was given.
    /// - Throws: What the client is told.
    func authenticate(
        _ auth: JSONValue,
        from address: String,
        now: NIODeadline
    ) async throws(ConnectionRefusal) -> String? {
        guard let credentials = self.credentials else { return nil }
        if let id = auth.member("sessionId"), id.isString(maximumUTF8Bytes: 64), let id = id.stringValue,
            self.state.withLock({ $0.sessions.contains(id, now: now) })
        {
            return nil
        }
        guard let username = auth.member("username"), username.isString(maximumUTF8Bytes: Self.maximumUsernameBytes),
            let password = auth.member("password"),
            password.isString(maximumUTF8Bytes: PasswordHash.maximumPasswordBytes),
            let name = username.stringValue, let secret = password.stringValue
        else { throw Self.invalidCredentials }

        let key = Self.key(of: address)
        // Counted before it is known to fail: otherwise many attempts at once would all be the first.
        guard self.state.withLock({ $0.limiter.begin(key, now: now) }) else { throw Self.tooManyAttempts }
        // Also with a wrong name, so that the time it takes does not tell names apart.
        guard let isPassword = await self.queue.run({ credentials.hash.matches(secret) }) else { throw Self.busy }
        let isName = Self.isEqual(Array(name.utf8), credentials.username)
        guard isPassword, isName else { throw Self.invalidCredentials }
        return self.state.withLock { state in
            state.limiter.succeeded(key)
            return state.sessions.begin(now: now)
        }
    }

    private static func isEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count && martlet_crypt_equal(left, right, left.count)
    }

    /// What attempts are counted by: an IPv4 address, or the /64 of an IPv6 address, of which its owner has all.
    static func key(of address: String) -> String {
        IPAddress(address)?.assignedNetwork.description ?? address
    }
}
