// Licensed under the MIT licence.

/// Which namespaces one connection is in, and what its packets may therefore ask for.
///
/// Theory of operation. For each namespace the client has named there is a state: `pending` (asked for, not answered yet),
/// `connected`, or `left` (was connected; packets that were on their way are ignored, and it may be asked for again).
/// A connection that breaks a rule is closed as a whole; nothing it sends afterwards counts.
/// Source: Socket.IO protocol v5, "Connection to a namespace"; `onpacket` of socket.io 4.8.3, `client.ts`.
package struct NamespaceTable: Sendable {
    /// What to do with a packet.
    package enum Action: Equatable, Sendable {
        /// The client asks for the packet's namespace: decide, then call ``accepted(_:)`` or ``refused(_:)``.
        case connect
        /// Give the packet to the connected socket of its namespace.
        case dispatch
        /// The client leaves the packet's namespace.
        case disconnect
        /// Nothing; it crossed our own disconnect packet.
        case ignore
        /// A broken rule: close the connection.
        case close
    }

    private enum State: Equatable, Sendable { case pending, connected, left }

    private struct Entry: Sendable {
        var namespace: String
        var state: State
    }

    private let maximumNamespaces: Int
    private let maximumRefusals: Int
    // A client is in one namespace, rarely in a handful: a list is smaller and faster than a dictionary.
    private var entries: [Entry] = []
    private var refusals = 0

    /// - Parameters:
    ///   - maximumNamespaces: The most namespaces of one connection, also those it left.
    ///   - maximumRefusals: How often a connection may be refused before it is closed.
    package init(maximumNamespaces: Int, maximumRefusals: Int) {
        self.maximumNamespaces = maximumNamespaces
        self.maximumRefusals = maximumRefusals
    }

    /// Whether the connection is in any namespace.
    package var isConnectedAnywhere: Bool { self.entries.contains { $0.state == .connected } }

    /// The server joins a namespace for the client, unasked (Engine.IO 3: the main namespace).
    package mutating func joinedUnasked(_ namespace: String) {
        self.set(namespace, .pending)
    }

    /// A packet came.
    package mutating func received(_ packet: SocketIOPacket) -> Action {
        let state = self.state(of: packet.namespace)
        switch packet.kind {
        case .connect:
            switch state {
            case nil where self.entries.count >= self.maximumNamespaces: return .close
            case nil, .left:
                self.set(packet.namespace, .pending)
                return .connect
            case .pending, .connected: return .close
            }
        case .event, .binaryEvent, .ack, .binaryAck:
            switch state {
            case .connected: return .dispatch
            case .left: return .ignore
            case .pending, nil: return .close
            }
        case .disconnect:
            switch state {
            case .connected:
                self.set(packet.namespace, .left)
                return .disconnect
            case .left: return .ignore
            case .pending, nil: return .close
            }
        case .connectError:
            return .close
        }
    }

    /// The client is in.
    ///
    /// Returns false if it is not waiting any more.
    package mutating func accepted(_ namespace: String) -> Bool {
        guard self.state(of: namespace) == .pending else { return false }
        self.set(namespace, .connected)
        return true
    }

    /// The client is refused.
    ///
    /// Returns whether it has been refused too often and shall be closed.
    package mutating func refused(_ namespace: String) -> Bool {
        self.entries.removeAll { $0.namespace == namespace }
        self.refusals += 1
        return self.refusals > self.maximumRefusals
    }

    /// The server put the client out.
    package mutating func left(_ namespace: String) {
        self.set(namespace, .left)
    }

    private func state(of namespace: String) -> State? {
        self.entries.first { $0.namespace == namespace }?.state
    }

    private mutating func set(_ namespace: String, _ state: State) {
        if let index = self.entries.firstIndex(where: { $0.namespace == namespace }) {
            self.entries[index].state = state
        } else {
            self.entries.append(Entry(namespace: namespace, state: state))
        }
    }
}
