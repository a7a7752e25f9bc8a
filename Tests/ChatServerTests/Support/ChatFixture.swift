// Licensed under the MIT licence.

import Chat
import ChatStores
import ChatTesting
import EngineIOCore
import Logging
import NIOCore
import SocketIO
import SocketIOTesting
import WireJSON

@testable import ChatServer

/// The chat on the in-process transport, over a store that is slow and fails as a seed says.
struct ChatFixture {
    let loop: TestLoop
    let server: SocketIO.Server
    let store: FaultInjectingStore
    /// What the chat logs.
    let log = LogRecorder()
    let service: ChatService

    /// - Parameters:
    ///   - shards: How many event loops.
    ///   - seed: In which order shards and store get their turns.
    ///   - odds: How often the store fails.
    ///   - kept: Where messages end up.
    ///   - isDirect: Whether the chat has that at hand, which answers at once, rather than a store that is slow and fails.
    ///   - cluster: What the node hears of others from, if it is not alone.
    ///   - change: Changes the chat's limits.
    init(
        shards: Int = 2,
        seed: UInt64 = 0,
        odds: StoreFault.Odds = .init(),
        kept: any MessageStore = MemoryStore(stripes: 1),
        isDirect: Bool = false,
        cluster: (any ChatCluster)? = nil,
        _ change: (inout ChatLimits) -> Void = { _ in }
    ) {
        self.loop = TestLoop(shardCount: shards, seed: seed)
        self.server = Server(shards: self.loop.shards, logger: Logger(label: "tests"))
        self.store = FaultInjectingStore(kept, seed: seed, odds: odds)
        var settings = ChatSettings()
        settings.rateLimits = nil
        change(&settings.limits)
        let store = isDirect ? kept : self.store
        self.service = ChatService(
            io: self.server,
            store: store,
            cluster: cluster,
            settings: settings,
            logger: self.log.logger
        )
        self.service.register()
    }

    /// Runs everything that does not wait for time.
    func settle() {
        repeat { self.loop.run() } while self.store.step()
    }

    /// A client that has not said who it is.
    func visitor(_ user: String, shard: Int = 0) -> ChatClient {
        let server = self.server
        let client = TestClient(on: self.loop, shard: shard) { server.accept($0) }
        client.connect()
        return ChatClient(client, user: user)
    }

    /// A client that has said in its handshake who it is.
    func client(_ user: String, shard: Int = 0, revision: ProtocolRevision = .v4) -> ChatClient {
        let server = self.server
        let query = revision == .v3 ? "user_id=\(user)" : ""
        let client = TestClient(on: self.loop, shard: shard, revision: revision, query: query) { server.accept($0) }
        if revision == .v4 { client.connect(auth: #"{"user_id":"\#(user)"}"#) }
        return ChatClient(client, user: user)
    }

    /// A room whose home is this shard; names are hashed anew in every process.
    func room(home: Int, _ stem: String = "room") throws -> RoomID {
        for number in 0... {
            let room = try RoomID("\(stem)\(number)")
            if HomeShard.index(of: room, count: self.loop.shards.count) == home { return room }
        }
        return try RoomID(stem)
    }
}

/// A client of the chat: counts its acknowledgements, and reads what it is sent.
final class ChatClient {
    enum Received: Equatable {
        case event(String, JSONValue)
        case acknowledgement(Int, JSONValue)
        case other(String)
    }

    let client: TestClient
    let user: String
    private var lastAcknowledgement = 0

    init(_ client: TestClient, user: String) {
        self.client = client
        self.user = user
    }

    /// Sends an event that wants an acknowledgement, without waiting for anything to happen.
    ///
    /// - Returns: The acknowledgement's number.
    @discardableResult
    func send(_ event: String, _ payload: String) -> Int {
        self.lastAcknowledgement += 1
        let text = #"2\#(self.lastAcknowledgement)["\#(event)",\#(payload)]"#
        self.client.connection.receive(EngineMessage(text: ByteBuffer(string: text), attachments: []))
        return self.lastAcknowledgement
    }

    /// Takes what has come.
    func take() throws -> [Received] { try self.client.take().map(Self.parse) }

    /// Takes what has come and keeps the events of that name.
    func take(_ event: String) throws -> [JSONValue] {
        try self.take().compactMap { received in
            guard case .event(event, let payload) = received else { return nil }
            return payload
        }
    }

    private static func parse(_ text: String) throws -> Received {
        let rest = text.dropFirst()
        guard let start = rest.firstIndex(of: "["), text.first == "2" || text.first == "3" else { return .other(text) }
        let arguments = try JSONValue(validating: ByteBuffer(substring: rest[start...])).elements.map { $0 }
        if text.first == "3", let number = Int(rest[..<start]), let answer = arguments.first {
            return .acknowledgement(number, answer)
        }
        guard let name = arguments.first?.stringValue, arguments.count == 2 else { return .other(text) }
        return .event(name, arguments[1])
    }
}

extension JSONValue {
    func text(_ name: String) -> String { self.member(name)?.stringValue ?? "" }
    func number(_ name: String) -> Int { self.member(name)?.intValue ?? -1 }
    var isOK: Bool { self.text("status") == "ok" }
}
