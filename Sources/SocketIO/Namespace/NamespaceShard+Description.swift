// Licensed under the MIT licence.

import NIOCore
import SocketIOCore
import WireJSON

extension NamespaceShard {
    /// How many sockets are described in one turn of the loop.
    private static let sliceCount = 128

    /// Describes sockets, a few in each turn of the loop; those that have left by their turn are left out.
    func describe(
        _ sockets: ArraySlice<Socket>,
        after described: [[SocketDescription]] = [],
        completion: @escaping @Sendable ([SocketDescription]) -> Void
    ) {
        let slice = sockets.prefix(Self.sliceCount)
        let described = described + [slice.compactMap { self.contains($0) ? self.describe($0) : nil }]
        let rest = sockets.dropFirst(Self.sliceCount)
        guard !rest.isEmpty else { return completion(described.flatMap { $0 }) }
        self.shard.execute { self.describe(rest, after: described, completion: completion) }
    }

    /// Describes a socket as it is now.
    func describe(_ socket: Socket) -> SocketDescription {
        SocketDescription(
            id: socket.id,
            handshake: socket.handshake.json,
            rooms: [Room(socket.id)] + self.rooms(of: socket),
            data: self.handlers.describesConnections ? Self.dataAndConnection(of: socket) : socket.data.json
        )
    }

    /// The socket's data with one member more, which Socket.IO's Admin UI looks for (`@socket.io/admin-ui` 0.5.1, `index.ts`).
    private static func dataAndConnection(of socket: Socket) -> JSONValue {
        let connection = JSONValue.object([
            (name: "clientId", value: .string(socket.clientID)),
            (name: "transport", value: .string(socket.transport.rawValue)),
        ])
        var members = [(name: "_admin", value: connection)]
        for member in socket.data.json.members {
            if let name = member.key.stringValue { members.append((name: name, value: member.value)) }
        }
        return .object(members)
    }
}
