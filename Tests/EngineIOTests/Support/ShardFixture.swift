// Licensed under the MIT licence.

import EngineIOCore
import Logging
import NIOCore
import NIOEmbedded
import Testing

@testable import EngineIO

/// A shard on a loop that turns when the test says so, with connections whose other ends the test holds.
final class ShardFixture {
    let eventLoop = EmbeddedEventLoop()
    let shard: LoopShard
    private(set) var sockets: [ConnectionSlot: SocketPair] = [:]

    init(sendPath: SendPath = .direct) {
        self.shard = LoopShard(
            index: 0,
            eventLoop: self.eventLoop,
            sendPath: sendPath,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    /// A session on a WebSocket that has just been opened.
    func connect(
        _ revision: ProtocolRevision = .v4,
        options: EngineIOOptions = .init(),
        offering offer: String? = nil
    ) throws -> Session {
        let handshake = EngineHandshake(
            revision: revision,
            transport: .websocket,
            target: "/engine.io/",
            headers: HeaderBlock([(name: String, value: String)]()),
            address: "127.0.0.1"
        )
        let session = Session(
            loop: self.shard,
            id: self.shard.makeSessionID(),
            handshake: handshake,
            settings: makeSettings(options)
        )
        session.opened()
        let pair = try SocketPair()
        self.sockets[session.slot] = pair
        self.shard.slots[session.slot].way = .direct
        self.shard.slots[session.slot].descriptor = pair.ours
        if let offer, let options = options.perMessageDeflate {
            let offers = try #require(WebSocketExtension.parse(offer))
            let agreement = try #require(DeflateAgreement(offers: offers, options: options))
            let profile = DeflateProfile(agreement, options)
            self.shard.slots[session.slot].form = self.shard.compression.form(revision, profile)
            session.deflater = profile.keepsContext ? MessageDeflater(profile) : nil
        }
        return session
    }

    /// Sends one message to several sessions, as a broadcast does.
    func send(_ message: EngineMessage, to sessions: [Session], isVolatile: Bool = false) {
        sessions.map(\.slot).withUnsafeBufferPointer { self.shard.send(message, to: $0, isVolatile: isVolatile) }
    }

    /// Ends the loop's turn, and takes what has arrived at the other end.
    func received(by session: Session, _ count: Int = 65_536) -> [UInt8] {
        self.eventLoop.run()
        return self.sockets[session.slot]?.received(count) ?? []
    }

    /// Lets go of all sessions, which hold their shard.
    func tearDown() {
        for session in self.shard.sessions.compactMap(\.self) {
            self.shard.slots[session.slot].way = .none
            session.end(.forcedServerClose)
        }
        self.eventLoop.run()
    }
}
