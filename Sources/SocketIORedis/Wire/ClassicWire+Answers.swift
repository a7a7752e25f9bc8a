// Licensed under the MIT licence.

import NIOCore
import RedisNIO
import SocketIOCore
import WireJSON

extension ClassicWire {
    /// What an id that came in was prefixed with, by the kind of the question.
    static func tagged(_ kind: Kind, _ id: String) -> ClusterRequestID { ClusterRequestID("\(kind.rawValue)\(id)") }

    func answer(_ message: ClusterMessage, to node: NodeID) -> (topic: RedisSubscription, body: ByteBuffer)? {
        switch message {
        case .asked(let id, let count):
            var answer = self.answer(id, .asked)
            answer.write("clientCount", count)
            return (self.answerTopic(id, to: node), answer.closed)
        case .answer(let id, let reply):
            let isAcknowledgement = id.tag == UInt8(ascii: "7")
            var answer = self.answer(id, isAcknowledgement ? .acknowledgement : .serverSide)
            if self.isOurs(id, node) {
                answer.write("arguments", reply.arguments)
            } else if let first = reply.arguments.first {
                // The reference gives its caller the first argument only.
                answer.write(isAcknowledgement ? "packet" : "data", first)
            }
            // Other servers answer a server's event on the channel of all, whatever they do otherwise.
            let topic = self.answerTopic(id, to: node)
            return (topic, isAcknowledgement ? Self.packed(answer, reply) : answer.closed(with: reply.attachments))
        case .sockets(let id, let sockets):
            return (self.answerTopic(id, to: node), self.sockets(id, sockets, isOurs: self.isOurs(id, node)))
        case .broadcast, .ask, .join, .leave, .disconnect, .describe, .serverSide:
            return nil
        }
    }

    /// An acknowledgement is MessagePack always, as the reference sends it.
    private static func packed(_ answer: JSONObject, _ reply: AckReply) -> ByteBuffer {
        var writer = MessagePackWriter()
        writer.write(json: answer.closed, attachments: reply.attachments)
        return writer.bytes
    }

    private func answer(_ id: ClusterRequestID, _ kind: Kind?) -> JSONObject {
        var answer = JSONObject()
        if let kind { answer.write("type", kind.rawValue) }
        answer.write("requestId", id.untagged)
        answer.write("uid", self.node.name)
        return answer
    }

    /// The answer to any of the questions about sockets, which have no type.
    private func sockets(_ id: ClusterRequestID, _ sockets: [SocketDescription], isOurs: Bool) -> ByteBuffer {
        var answer = JSONObject()
        answer.write("requestId", id.untagged)
        switch id.tag {
        case UInt8(ascii: "0"):
            answer.write("sockets", sockets.map(\.id))
        case UInt8(ascii: "1"):
            var rooms: Set<Room> = []
            for socket in sockets { rooms.formUnion(socket.rooms) }
            answer.write("rooms", rooms.filter { self.names.isKnownToOthers($0) }.map(\.name))
        default:
            let isMarking = isOurs && sockets.contains { RoomNames.needMarks($0.rooms) }
            answer.write("sockets", sockets.map { JSONObject($0, self.names, isOurs: isOurs, isMarking: isMarking) })
            if isMarking { answer.write(RoomNames.flag, true) }
        }
        answer.write("uid", self.node.name)
        return answer.closed
    }
}

extension JSONObject {
    /// A socket as other nodes are told of it: `{id, handshake, rooms, data}`.
    ///
    /// - Parameters:
    ///   - socket: The socket.
    ///   - names: Tells which rooms others know.
    ///   - isOurs: Whether the node that asked knows realms; others could do nothing with rooms but those that they know.
    ///   - isMarking: Whether the message says that names are marked (``RoomNames``).
    init(_ socket: SocketDescription, _ names: RoomNames, isOurs: Bool, isMarking: Bool) {
        self.init()
        self.write("id", socket.id)
        self.write("handshake", socket.handshake)
        let rooms =
            isOurs
            ? socket.rooms.map { RoomNames.text($0, isMarking: isMarking) }
            : socket.rooms.filter(names.isKnownToOthers).map(\.name)
        self.write("rooms", rooms)
        self.write("data", socket.data)
    }
}
