// Licensed under the MIT licence.

import NIOCore
import RedisNIO
import SocketIOCore

/// How the nodes of a namespace talk over Redis: the names of the channels, and what the messages look like.
protocol RedisWire: Sendable {
    /// Where broadcasts go that are not for one room.
    var common: RedisSubscription { get }
    /// What every node with the namespace subscribes to, whatever rooms have members there.
    var topics: [RedisSubscription] { get }
    /// Where questions are asked: it has as many subscribers as there are nodes.
    var questions: RedisSubscription { get }
    /// What a node alone is subscribed to, as long as it is there.
    func presence(of node: NodeID) -> RedisSubscription
    /// What has to be subscribed to for what is sent to a room; one of ``topics`` for some rooms.
    func topic(of room: Room) -> RedisSubscription

    /// Writes a message for all nodes, or an answer to one.
    /// - Returns: Where to publish what; nothing for what other nodes need not know.
    func encode(_ message: ClusterMessage, to node: NodeID?) -> (topic: RedisSubscription, body: ByteBuffer)?
    /// Reads what came on a topic.
    func decode(_ body: ByteBuffer, on topic: RedisSubscription) throws(RedisWireError) -> RedisMessage
}

/// What came over Redis.
enum RedisMessage {
    /// From another node.
    case message(ClusterMessage, from: NodeID)
    /// A question of this node.
    case returned(ClusterRequestID)
    /// Nothing that concerns this node: its own, or of another namespace, or of a kind that it does not know.
    case ignored
}

/// Why a message is not used.
///
/// Names nothing of what is in it, so it may be logged.
struct RedisWireError: Error, Equatable, CustomStringConvertible {
    enum Code: String, Sendable {
        /// Larger than allowed.
        case tooLarge
        /// Neither JSON nor MessagePack, or nested too deep.
        case malformed
        /// Something is missing, or of another kind than it should be.
        case unexpected
        /// An event that clients must not be sent: without a name, or with a reserved one, or with too many attachments.
        case event
    }

    var code: Code

    init(_ code: Code) {
        self.code = code
    }

    var description: String { self.code.rawValue }
}
