// Licensed under the MIT licence.

import NIOCore
import RedisNIO
import SocketIOCore

/// The wire of `@socket.io/redis-adapter` 8.3 (`lib/index.ts`), which existing clusters and all emitters speak.
///
/// | channel | what |
/// |---|---|
/// | `socket.io#<namespace>#` | broadcasts, MessagePack `[uid, packet, options]` |
/// | `socket.io#<namespace>#<room>#` | broadcasts to one room |
/// | `socket.io-request#<namespace>#` | questions and orders, JSON or MessagePack, by `type` |
/// | `socket.io-response#<namespace>#` | answers |
/// | `socket.io-response#<namespace>#<uid>#` | answers to one node; besides, who is subscribed to it is alive |
///
/// What the reference does not know it passes over, so our messages have members more: `uid` in answers, for it says who has answered; `realms`
/// in options (``RoomNames``); `arguments` in an answer to one of us, all of them and not just the first. A request id of ours is
/// the asking node's uid, a colon and a number; an id that comes in is kept behind a letter for the type of its question.
struct ClassicWire: RedisWire {
    /// What questions are, as the reference numbers them (`RequestType`).
    enum Kind: Int {
        case sockets, allRooms, join, leave, disconnect, fetch, serverSide, ask, asked, acknowledgement
    }

    let node: NodeID
    let namespace: String
    let prefix: String
    let answersToAskerOnly: Bool
    let limits: SocketIOLimits
    let maximumBytes: Int
    let questions: RedisSubscription
    let common: RedisSubscription
    let topics: [RedisSubscription]
    private let broadcasts: String
    private let answers: String
    private let subscriptions: RedisBusOptions.Subscriptions

    init(node: NodeID, namespace: String, options: RedisBusOptions) {
        self.node = node
        self.namespace = namespace
        self.prefix = options.channelPrefix
        self.answersToAskerOnly = options.publishOnSpecificResponseChannel
        self.limits = .ofOtherNodes(options)
        self.maximumBytes = options.maximumMessageBytes
        self.subscriptions = options.subscriptions
        let broadcasts = "\(options.channelPrefix)#\(namespace)#"
        self.broadcasts = broadcasts
        self.common = .channel(broadcasts)
        self.answers = "\(options.channelPrefix)-response#\(namespace)#"
        self.questions = .channel("\(options.channelPrefix)-request#\(namespace)#")
        let privateRooms = SocketIDPattern.prefixes(in: namespace).map {
            RedisSubscription.pattern(SocketIDPattern.escaped(broadcasts) + SocketIDPattern.glob($0) + "#")
        }
        let heard: [RedisSubscription] =
            switch options.subscriptions {
            case .rooms: [.channel(broadcasts)] + privateRooms
            case .everything: [.pattern(SocketIDPattern.escaped(broadcasts) + "*")]
            }
        self.topics = heard + [self.questions, .channel(self.answers), .channel("\(self.answers)\(node)#")]
    }

    func presence(of node: NodeID) -> RedisSubscription { .channel("\(self.answers)\(node)#") }

    func topic(of room: Room) -> RedisSubscription {
        let name = RoomNames.text(room, isMarking: false)
        switch self.subscriptions {
        case .everything:
            return self.topics[0]
        case .rooms:
            // The pattern of ids of its form, in the order in which the patterns stand behind the first topic.
            let index = SocketIDPattern.prefixes(in: self.namespace)
                .firstIndex { SocketIDPattern.matches(name, prefix: $0) }
            return index.map { self.topics[1 + $0] } ?? .channel("\(self.broadcasts)\(name)#")
        }
    }

    /// Where a broadcast goes: to the channel of its room if it is for one only.
    func broadcastTopic(_ rooms: [String]) -> RedisSubscription {
        guard rooms.count == 1, let room = rooms.first else { return .channel(self.broadcasts) }
        return .channel("\(self.broadcasts)\(room)#")
    }

    /// Where an answer goes.
    func answerTopic(_ id: ClusterRequestID, to node: NodeID) -> RedisSubscription {
        let isSpecific = node != .unnamed && (self.answersToAskerOnly || self.isOurs(id, node))
        return isSpecific ? self.presence(of: node) : .channel(self.answers)
    }

    /// Whether the question came from a node that writes ids as we do.
    func isOurs(_ id: ClusterRequestID, _ node: NodeID) -> Bool {
        id.text.dropFirst().hasPrefix("\(node):")
    }

    func decode(_ body: ByteBuffer, on topic: RedisSubscription) throws(RedisWireError) -> RedisMessage {
        guard body.readableBytes <= self.maximumBytes else { throw RedisWireError(.tooLarge) }
        guard case .channel(let channel) = topic else { return try self.broadcast(body) }
        if topic == self.questions { return try self.question(body) }
        if channel.hasPrefix(self.answers) { return try self.answer(body) }
        return try self.broadcast(body)
    }
}

extension SocketIOLimits {
    /// What other nodes send has no limits but those of one message: their own clients and servers were held to theirs.
    static func ofOtherNodes(_ options: RedisBusOptions) -> SocketIOLimits {
        SocketIOLimits(
            maximumNamespaceBytes: 1_024,
            maximumAttachments: 1_000,
            maximumAttachmentBytes: options.maximumMessageBytes,
            maximumEventNameBytes: 4_096,
            maximumDepth: 128
        )
    }
}
