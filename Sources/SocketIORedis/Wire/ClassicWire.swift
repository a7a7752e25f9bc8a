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
    let names: RoomNames
    let questions: RedisSubscription
    let common: RedisSubscription
    let topics: [RedisSubscription]
    private let broadcasts: String
    private let answers: String
    private let subscriptions: RedisBusOptions.Subscriptions
    /// What ids begin with; the patterns for them stand behind the first topic, in the same order.
    private let idPrefixes: [String]

    init(node: NodeID, namespace: String, options: RedisBusOptions) {
        self.node = node
        self.namespace = namespace
        self.prefix = options.channelPrefix
        self.answersToAskerOnly = options.publishOnSpecificResponseChannel
        self.limits = .ofOtherNodes(options)
        self.maximumBytes = options.maximumMessageBytes
        self.subscriptions = options.subscriptions
        self.names = RoomNames(foreignRealm: options.foreignRealm)
        self.idPrefixes = SocketIDPattern.prefixes(in: namespace)
        let broadcasts = "\(options.channelPrefix)#\(namespace)#"
        self.broadcasts = broadcasts
        self.common = .channel(broadcasts)
        self.answers = "\(options.channelPrefix)-response#\(namespace)#"
        self.questions = .channel("\(options.channelPrefix)-request#\(namespace)#")
        let privateRooms = self.idPrefixes.map {
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
        switch self.subscriptions {
        case .everything:
            return self.topics[0]
        case .rooms:
            if room.realm == 0, let index = self.idForm(of: room.name) { return self.topics[1 + index] }
            return self.channel(of: room)
        }
    }

    /// Where a broadcast goes: to the channel of its room if it is for one only.
    func broadcastTopic(_ target: BroadcastTarget) -> RedisSubscription {
        target.onlyRoom.map { self.channel(of: $0) } ?? self.common
    }

    private func channel(of room: Room) -> RedisSubscription {
        let name = self.names.channelName(of: room) { self.idForm(of: $0) != nil }
        return .channel("\(self.broadcasts)\(name)#")
    }

    /// Which of the patterns for ids means a room of this name; none for most.
    private func idForm(of name: String) -> Int? {
        self.idPrefixes.firstIndex { SocketIDPattern.matches(name, prefix: $0) }
    }

    /// Where an answer goes.
    func answerTopic(_ id: ClusterRequestID, to node: NodeID) -> RedisSubscription {
        let isSpecific = node != .unnamed && (self.answersToAskerOnly || self.isOurs(id, node))
        return isSpecific ? self.presence(of: node) : .channel(self.answers)
    }

    /// Whether the question came from a node that writes ids as we do.
    func isOurs(_ id: ClusterRequestID, _ node: NodeID) -> Bool {
        id.text.utf8.dropFirst().starts(with: "\(node):".utf8)
    }

    func decode(_ body: ByteBuffer, on topic: RedisSubscription) throws(RedisWireError) -> RedisMessage {
        guard body.readableBytes <= self.maximumBytes else { throw RedisWireError(.tooLarge) }
        guard case .channel(let channel) = topic else { return try self.broadcast(body) }
        if topic == self.questions { return try self.question(body) }
        if channel.utf8.starts(with: self.answers.utf8) { return try self.answer(body) }
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
