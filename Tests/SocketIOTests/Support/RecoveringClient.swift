// Licensed under the MIT licence.

import Foundation
import SocketIO
import SocketIOCore
import SocketIOTesting

/// A client from v4.6 on: remembers its private id and the last offset, and comes back with them.
final class RecoveringClient {
    private var fixture: Fixture
    /// In front of the payload of each packet: nothing, or `/name,`.
    private let prefix: String
    private(set) var connection: TestClient
    private(set) var sid: String?
    private(set) var pid: String?
    private(set) var offset: String?
    /// Whether the last connection went on with the state of the one before.
    private(set) var recovered = false
    /// The packets of events, as they came.
    private(set) var events: [String] = []
    /// What came before CONNECT was answered; kept when the connection ends, as the official client does.
    private var buffered: [String] = []
    private var isConnected = false

    init(_ fixture: Fixture, shard: Int = 0, namespace: String = "/") {
        self.fixture = fixture
        self.prefix = namespace == "/" ? "" : "\(namespace),"
        self.connection = fixture.client(shard: shard)
        self.connection.send("0" + self.prefix)
        self.read()
    }

    /// Takes what has arrived; `limit`: how many messages reach the client, the others are lost with the connection.
    func read(limit: Int = .max) {
        for packet in self.connection.take().prefix(limit) {
            if packet.hasPrefix("0\(self.prefix){") {
                let sid = Self.string("sid", in: packet)
                let pid = Self.string("pid", in: packet)
                self.recovered = pid != nil && pid == self.pid
                (self.sid, self.pid) = (sid, pid)
                self.isConnected = true
                for event in self.buffered { self.take(event) }
                self.buffered = []
            } else if packet.hasPrefix("2") {
                if self.isConnected { self.take(packet) } else { self.buffered.append(packet) }
            }
        }
    }

    /// Loses the connection, after so many of the messages that are on their way.
    func cut(after count: Int = .max) {
        self.read(limit: count)
        self.connection.end()
        self.isConnected = false
    }

    /// Loses its server, which has no time to notice anything; comes back to another.
    func lose(after count: Int = .max, for fixture: Fixture) {
        self.read(limit: count)
        self.isConnected = false
        self.fixture = fixture
    }

    /// Comes back, and does so again if it is sent away.
    func comeBack(shard: Int = 0) {
        for _ in 0..<3 {
            self.reconnect(shard: shard)
            self.read()
            self.fixture.loop.advance(by: .milliseconds(300))
            if self.connection.closeReason == nil { return self.read() }
        }
    }

    /// Comes back.
    func reconnect(shard: Int = 0) {
        self.connection = self.fixture.client(shard: shard)
        var auth: [String] = []
        if let pid { auth.append(#""pid":"\#(pid)""#) }
        if let offset { auth.append(#""offset":"\#(offset)""#) }
        self.connection.send("0\(self.prefix){" + auth.joined(separator: ",") + "}")
        self.isConnected = false
    }

    private func take(_ packet: String) {
        self.events.append(packet)
        // The last argument, whatever it means, as the official client does it.
        guard packet.hasSuffix(#""]"#) else { return }
        let end = packet.dropLast(2)
        guard let start = end.lastIndex(of: "\"") else { return }
        self.offset = String(end[end.index(after: start)...])
    }

    private static func string(_ name: String, in packet: String) -> String? {
        guard let start = packet.range(of: "\"\(name)\":\"")?.upperBound else { return nil }
        return String(packet[start...].prefix { $0 != "\"" })
    }
}
