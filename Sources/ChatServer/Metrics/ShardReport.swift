// Licensed under the MIT licence.

import Chat
import EngineIO
import EngineIOCore
import SocketIO

/// How everything on one shard is at a moment.
struct ShardReport: Sendable {
    let engine: EngineSample?
    let namespaces: NamespaceSample
    let rooms: Int
    let memberships: Int
    let usersOnline: Int
    let chat: ChatCounts
    let lag: Distribution

    /// Looks at a shard; call there.
    init(_ shard: any EngineShard, engine: EngineServer, io: SocketIO.Server, home: ChatShard, lag: LoopLag) {
        self.engine = engine.sample(of: shard)
        self.namespaces = io.sample(of: shard)
        self.rooms = home.hub.roomCount
        self.memberships = home.hub.membershipCount
        self.usersOnline = home.presence.onlineCount
        self.chat = home.counters.counts
        self.lag = lag.lateness
    }
}
