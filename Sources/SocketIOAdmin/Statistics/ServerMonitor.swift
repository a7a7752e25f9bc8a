// Licensed under the MIT licence.

import EngineIOCore
import Foundation
import NIOCore
import SocketIO
import SocketIOCore
import WireJSON

/// Knows whether any admin is there, on this server or on others, and tells them this server's numbers as long as there are.
///
/// Servers with admins of their own say so to all others when the first one comes, every two seconds, and when the last one has left.
/// A server that says nothing for six seconds is taken to have none. Without admins nothing runs here.
///
/// `@unchecked Sendable`: every `var` is touched on the home shard only.
final class ServerMonitor: @unchecked Sendable {
    private static let interval = TimeAmount.seconds(2)
    private static let patience = TimeAmount.seconds(6)
    private static let maximumOtherServers = 1_000
    /// The name of the event among servers; no client sees it.
    static let announcement = "martlet:admins"

    let feed: AdminFeed
    /// Gone as soon as nobody else keeps it: this outlives it for as long as a task waits for other servers.
    private weak let server: Server?
    private let shards: [any EngineShard]
    private let home: any EngineShard
    private let censuses: [ConnectionCensus]
    private let reportsSockets: Bool
    private let started: NIODeadline
    private let serverID: String
    private let hostname: String
    /// What other servers know this one by; their ids, which people choose, may be the same.
    private let token: String
    private var admins: Set<String> = []
    /// Until when servers with admins are believed to have them, by token.
    private var otherServers: [String: NIODeadline] = [:]
    private var isRunning = false

    init(_ server: Server, feed: AdminFeed, serverID: String?, reportsSockets: Bool) {
        self.server = server
        self.feed = feed
        self.reportsSockets = reportsSockets
        self.shards = server.shards
        self.home = server.shards[0]
        self.censuses = server.beginCensus()
        self.started = self.home.now
        let hostname = Self.systemHostname()
        self.hostname = hostname
        self.serverID = serverID ?? "\(hostname)#\(ProcessInfo.processInfo.processIdentifier)"
        var generator = SystemRandomNumberGenerator()
        self.token = String(generator.next() as UInt64, radix: 36)
        feed.namespace.onServerSide(Self.announcement) { [weak self] event in self?.announced(event) }
    }

    // MARK: Admins

    /// An admin is here; `snapshot` is loaded once everybody tells what happens.
    func joined(_ id: String, _ snapshot: SnapshotSender?) {
        self.home.run {
            self.admins.insert(id)
            self.update()
            Task {
                // Other servers have to report before they are asked what there is, or something would be missed in between.
                let namespace = self.feed.namespace
                _ = try? await namespace.serverSideEmitWithAck(
                    Self.announcement,
                    self.token,
                    true,
                    timeout: .seconds(2)
                )
                await snapshot?.load(self.watchedNamespaces)
            }
        }
    }

    func left(_ id: String) {
        self.home.run {
            self.admins.remove(id)
            self.update()
            // One that did not hear it finds out when its patience ends.
            if self.admins.isEmpty { self.announce(false) }
        }
    }

    private func announce(_ hasAdmins: Bool) {
        try? self.feed.namespace.serverSideEmit(Self.announcement, self.token, hasAdmins)
    }

    private func announced(_ event: ServerSideEvent) {
        guard let token = event.arguments.first?.stringValue,
            let hasAdmins = event.arguments.dropFirst().first?.boolValue
        else { return }
        self.home.run {
            if !hasAdmins {
                self.otherServers[token] = nil
            } else if self.otherServers[token] != nil || self.otherServers.count < Self.maximumOtherServers {
                self.otherServers[token] = self.home.now + Self.patience
            }
            self.update()
            try? event.answer()
        }
    }

    private func update() {
        let audience: AdminFeed.Audience =
            if !self.otherServers.isEmpty { .everywhere } else { self.admins.isEmpty ? .nobody : .thisServer }
        self.feed.setAudience(audience)
        guard audience != .nobody, !self.isRunning, self.server != nil else { return }
        self.isRunning = true
        // What was counted while nobody watched would look like the traffic of this moment.
        self.gather { _, _ in self.tick() }
    }

    /// All but the admins' own; none once the server is gone.
    private var watchedNamespaces: [Namespace] {
        let namespaces = self.server?.namespaces ?? []
        return namespaces.filter { $0 !== self.feed.namespace }.sorted { $0.name < $1.name }
    }

    // MARK: Numbers

    private func tick() {
        let now = self.home.now
        self.otherServers = self.otherServers.filter { $0.value > now }
        self.update()
        guard self.feed.isWatched, self.server != nil else {
            self.isRunning = false
            return
        }
        if !self.admins.isEmpty { self.announce(true) }
        self.gather { namespaces, parts in self.report(namespaces, parts) }
        self.home.schedule(after: Self.interval) { [weak self] in self?.tick() }
    }

    private func report(_ namespaces: [String], _ parts: [ServerStatistics.Part]) {
        let statistics = ServerStatistics(
            serverID: self.serverID,
            hostname: self.hostname,
            processID: Int(ProcessInfo.processInfo.processIdentifier),
            uptimeMilliseconds: (self.home.now - self.started).nanoseconds / 1_000_000,
            namespaces: namespaces,
            parts: parts,
            secondsSince1970: self.feed.secondsSince1970
        )
        self.feed.serverStatistics(statistics.json)
    }

    /// Asks every shard, and calls back on the home shard.
    private func gather(_ completion: @escaping @Sendable ([String], [ServerStatistics.Part]) -> Void) {
        let namespaces = self.watchedNamespaces
        let names = namespaces.map(\.name)
        let gathering = Gathering<ServerStatistics.Part>(count: self.shards.count) { completion(names, $0) }
        for shard in self.shards {
            shard.run {
                let part = self.part(on: shard, namespaces)
                self.home.run { gathering.add(part) }
            }
        }
    }

    private func part(on shard: any EngineShard, _ namespaces: [Namespace]) -> ServerStatistics.Part {
        let census = self.censuses[shard.index]
        let (pollingCount, upgraded) = census.takeUpgraded()
        for socket in upgraded where self.reportsSockets && socket.namespace !== self.feed.namespace {
            self.feed.socketUpdated(socket.namespace.name, socket.id, transport: socket.transport.rawValue)
        }
        return ServerStatistics.Part(
            connectionCount: census.connectionCount,
            pollingCount: pollingCount,
            traffic: census.takeTraffic(),
            socketCounts: namespaces.map { $0.socketCount(on: shard) }
        )
    }

    private static func systemHostname() -> String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "localhost" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
