// Licensed under the MIT licence.

/// Which node serves which hash slot.
struct ClusterTopology: Equatable {
    /// The nodes that take writes, in the order of their first slots.
    private(set) var primaries: [RedisEndpoint]
    /// The index of each slot's node, or -1.
    private var owners: [Int16]

    /// Reads the answer to `CLUSTER SLOTS`: `[[first, last, [host, port, …], replicas…], …]`.
    ///
    /// `nil` comes of what is no such answer, or names no node.
    ///
    /// - Parameters:
    ///   - reply: The answer.
    ///   - asked: The node that gave it; it stands for itself with an empty host if it does not know its address.
    init?(_ reply: RESPValue, asked: RedisEndpoint?) {
        guard let ranges = reply.elements, !ranges.isEmpty else { return nil }
        self.primaries = []
        self.owners = [Int16](repeating: -1, count: HashSlot.count)
        var indices: [RedisEndpoint: Int16] = [:]
        let ordered = ranges.sorted { ($0.elements?.first?.number ?? 0) < ($1.elements?.first?.number ?? 0) }
        for range in ordered {
            guard let parts = range.elements, parts.count >= 3, let first = parts[0].number, let last = parts[1].number,
                first >= 0, first <= last, last < HashSlot.count, let node = Self.node(parts[2], asked: asked)
            else { return nil }
            let index = indices[node] ?? Int16(self.primaries.count)
            if indices[node] == nil {
                // There cannot be more nodes with slots than slots.
                indices[node] = index
                self.primaries.append(node)
            }
            for slot in first...last { self.owners[slot] = index }
        }
    }

    private static func node(_ value: RESPValue, asked: RedisEndpoint?) -> RedisEndpoint? {
        guard let parts = value.elements, parts.count >= 2, let port = parts[1].number, (1...65_535).contains(port)
        else {
            return nil
        }
        var host = parts[0].text ?? ""
        if host.isEmpty || host == "?" { host = asked?.host ?? "" }
        return host.isEmpty ? nil : .tcp(host: host, port: port)
    }

    /// Whether every slot has a node.
    var isComplete: Bool {
        !self.owners.contains(-1)
    }

    func primary(of slot: HashSlot) -> RedisEndpoint? {
        let index = Int(self.owners[Int(slot.number)])
        return index < 0 ? nil : self.primaries[index]
    }

    /// Notes what a node said of one slot (MOVED), until the cluster is asked for all.
    mutating func move(_ slot: HashSlot, to endpoint: RedisEndpoint) {
        if let index = self.primaries.firstIndex(of: endpoint) {
            self.owners[Int(slot.number)] = Int16(index)
        } else if self.primaries.count < HashSlot.count {
            self.owners[Int(slot.number)] = Int16(self.primaries.count)
            self.primaries.append(endpoint)
        }
    }
}
