// Licensed under the MIT licence.

import EngineIOCore
import SocketIOCore

/// Brings what the bus delivers to the adapter's home shard; does not keep the adapter alive.
///
/// `@unchecked Sendable`: `adapter` is set once, before the bus knows of it.
final class ClusterMailbox: ClusterReceiver, @unchecked Sendable {
    private let home: any EngineShard
    weak var adapter: ClusterAdapter?

    init(home: any EngineShard) {
        self.home = home
    }

    func received(_ message: ClusterMessage, from node: NodeID) {
        self.home.run { self.adapter?.received(message, from: node) }
    }

    func returned(_ id: ClusterRequestID) {
        guard let number = id.number else { return }
        self.home.run { self.adapter?.change { $0.returned(number) } }
    }

    func left(_ node: NodeID) {
        self.home.run { self.adapter?.left(node) }
    }
}
