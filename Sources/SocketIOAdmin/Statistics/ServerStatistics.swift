// Licensed under the MIT licence.

import NIOCore
import SocketIO
import WireJSON

/// The numbers of one server, as the UI is told them every two seconds.
///
/// ```json
/// {"serverId":"web1#4711","hostname":"web1","pid":4711,"uptime":12.5,"clientsCount":3,"pollingClientsCount":1,
///  "aggregatedEvents":[{"timestamp":1700000000000,"type":"bytesIn","count":120},
///                      {"timestamp":1700000000000,"type":"rawDisconnection","subType":"ping timeout","count":1}],
///  "namespaces":[{"name":"/","socketsCount":3}]}
/// ```
/// As in `@socket.io/admin-ui` 0.5.1 (`initStatsEmitter` of `index.ts`).
struct ServerStatistics: Sendable {
    /// What one shard contributes.
    struct Part: Sendable {
        var connectionCount = 0
        var pollingCount = 0
        var traffic = ConnectionCensus.Traffic()
        /// By namespace, in the order of the names that were asked for.
        var socketCounts: [Int] = []
    }

    var serverID: String
    var hostname: String
    var processID: Int
    var uptimeMilliseconds: Int64
    var namespaces: [String]
    var parts: [Part]
    /// When the traffic was counted, in seconds since 1970.
    var secondsSince1970: Int

    var json: ByteBuffer {
        var json = ByteBuffer()
        json.writeStaticString("{")
        json.writeMember("serverId", self.serverID)
        json.writeMember("hostname", self.hostname)
        json.writeMember("pid", self.processID)
        json.writeName("uptime")
        json.writeString(String(Double(self.uptimeMilliseconds) / 1_000))
        json.writeMember("clientsCount", self.sum(\.connectionCount))
        json.writeMember("pollingClientsCount", self.sum(\.pollingCount))
        json.writeName("aggregatedEvents")
        self.writeTraffic(into: &json)
        json.writeName("namespaces")
        json.writeStaticString("[")
        for (index, name) in self.namespaces.enumerated() {
            json.writeComma()
            json.writeStaticString("{")
            json.writeMember("name", name)
            json.writeMember("socketsCount", self.parts.reduce(0) { $0 + $1.socketCounts[index] })
            json.writeStaticString("}")
        }
        json.writeStaticString("]}")
        return json
    }

    private func sum(_ number: KeyPath<Part, Int>) -> Int { self.parts.reduce(0) { $0 + $1[keyPath: number] } }

    private func writeTraffic(into json: inout ByteBuffer) {
        var closed: [String: Int] = [:]
        for part in self.parts { closed.merge(part.traffic.closed, uniquingKeysWith: +) }
        json.writeStaticString("[")
        self.writeEvent("rawConnection", self.sum(\.traffic.opened), into: &json)
        for (reason, count) in closed.sorted(by: { $0.key < $1.key }) {
            self.writeEvent("rawDisconnection", count, reason: reason, into: &json)
        }
        self.writeEvent("packetsIn", self.sum(\.traffic.packetsIn), into: &json)
        self.writeEvent("bytesIn", self.sum(\.traffic.bytesIn), into: &json)
        self.writeEvent("packetsOut", self.sum(\.traffic.packetsOut), into: &json)
        self.writeEvent("bytesOut", self.sum(\.traffic.bytesOut), into: &json)
        json.writeStaticString("]")
    }

    private func writeEvent(_ type: String, _ count: Int, reason: String? = nil, into json: inout ByteBuffer) {
        guard count > 0 else { return }
        json.writeComma()
        json.writeStaticString("{")
        json.writeMember("timestamp", self.secondsSince1970 * 1_000)
        json.writeMember("type", type)
        if let reason { json.writeMember("subType", reason) }
        json.writeMember("count", count)
        json.writeStaticString("}")
    }
}
