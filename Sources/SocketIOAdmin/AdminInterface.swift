// Licensed under the MIT licence.

import EngineIOCore
package import Foundation
import Logging
import NIOCore
public import SocketIO

/// Lets Socket.IO's Admin UI (https://admin.socket.io) look into a server.
///
/// ```swift
/// let admin = try AdminInterface(
///     options: AdminOptions(authentication: .basic(username: "admin", passwordHash: "$2b$10$…"), mode: .production)
/// )
/// admin.attach(to: io)
/// ```
/// Speaks the protocol of the server module `@socket.io/admin-ui` 0.5.1. May be used from anywhere.
public final class AdminInterface: Sendable {
    /// How it shows the server.
    public let options: AdminOptions
    private let authenticator: Authenticator
    private let clock: @Sendable () -> Date

    /// Checks the options.
    ///
    /// With ``AdminOptions/Authentication/basic(username:passwordHash:)`` this takes as long as checking a password, some 100 ms for
    /// usual hashes.
    /// - Throws: ``AdminConfigurationError``.
    public convenience init(options: AdminOptions) throws(AdminConfigurationError) {
        try self.init(options: options, clock: { Date() })
    }

    package init(options: AdminOptions, clock: @escaping @Sendable () -> Date) throws(AdminConfigurationError) {
        let name = options.namespaceName
        guard !name.isEmpty, name != "/" else {
            throw AdminConfigurationError(.badNamespace, "admins cannot join the main namespace; choose another name")
        }
        self.options = options
        self.authenticator = try Authenticator(options.authentication, limits: options.limits)
        self.clock = clock
    }

    /// Opens the admin namespace of a server, and begins to watch the server.
    ///
    /// Call once for each server, before its first client: connections that are there already are not counted, nor are the rooms that
    /// their sockets are in.
    public func attach(to server: Server) {
        // A private id must not stand in for a password, nor a log keep the ids of sessions.
        let namespace = server.of(self.options.namespaceName, isRecoverable: false)
        let feed = AdminFeed(namespace, maximumShownBytes: self.options.limits.maximumShownBytes, clock: self.clock)
        let monitor = ServerMonitor(
            server,
            feed: feed,
            serverID: self.options.serverID,
            reportsSockets: self.options.mode == .development
        )
        if self.options.mode == .development {
            server.instrumentNamespaces { name, handlers in
                guard name != namespace.name else { return }
                handlers.observe(with: NamespaceReporter(namespace: name, feed: feed))
            }
        }
        if !self.options.isReadOnly {
            let maximumNameBytes = server.options.limits.maximumEventNameBytes
            let commands = AdminCommands(maximumNameBytes: maximumNameBytes) { [weak server] name in
                name == namespace.name ? nil : server?.namespaces.first { $0.name == name }
            }
            commands.register(in: namespace)
        }
        self.admitAdmins(to: namespace, monitor)
    }

    private func admitAdmins(to namespace: Namespace, _ monitor: ServerMonitor) {
        namespace.use { [authenticator] socket in
            let session = try await authenticator.authenticate(
                socket.handshake.auth,
                from: socket.handshake.connection.address,
                now: socket.shard.now
            )
            guard let session else { return }
            // The socket is let in by a job that is given to its shard after this one.
            socket.shard.execute { socket.inlineState = GrantedSession(session) }
        }
        namespace.onConnectInline { [options] socket in
            if let session = socket.inlineState as? GrantedSession {
                var arguments = ByteBuffer()
                arguments.writeArguments(session.id)
                socket.emit(raw: "session", arguments: arguments)
            }
            socket.emit(raw: "config", arguments: Self.configuration(options))
            var snapshot: SnapshotSender?
            if options.mode == .development {
                snapshot = SnapshotSender(
                    for: socket,
                    feed: monitor.feed,
                    maximumSockets: options.limits.maximumListedSockets
                )
            }
            socket.inlineState = snapshot
            monitor.joined(socket.id, snapshot)
        }
        namespace.onDisconnectInline { socket, _ in
            (socket.inlineState as? SnapshotSender)?.cancel()
            socket.inlineState = nil
            monitor.left(socket.id)
        }
    }

    /// `{"supportedFeatures":["EMIT",…,"AGGREGATED_EVENTS","ALL_EVENTS"]}`.
    private static func configuration(_ options: AdminOptions) -> ByteBuffer {
        var features = options.isReadOnly ? [] : AdminCommands.features
        features.append("AGGREGATED_EVENTS")
        if options.mode == .development { features.append("ALL_EVENTS") }
        var arguments = ByteBuffer()
        arguments.writeStaticString("{")
        arguments.writeName("supportedFeatures")
        arguments.writeStaticString("[")
        for feature in features { arguments.writeArguments(feature) }
        arguments.writeStaticString("]}")
        return arguments
    }
}

/// On its way from the middleware to the moment at which the admin is in.
private final class GrantedSession: Sendable {
    let id: String

    init(_ id: String) {
        self.id = id
    }
}
