// Licensed under the MIT licence.

internal import SocketIOClient

/// Everything a run depends on, resolved from scenario and options; part of the report, so it holds no secrets.
struct LoadSettings: Sendable, Codable, Equatable {
    enum Mode: String, Sendable, Codable, CaseIterable {
        /// Each sender sends the next message when an earlier one has come back.
        case closed
        /// Messages are sent at a fixed rate.
        case open
    }

    /// What comes back, in closed mode.
    enum Reply: String, Sendable, Codable, CaseIterable {
        /// The sender's own message, as every member of the room gets it.
        case echo
        /// The event `message_ack`.
        case event
        /// A Socket.IO acknowledgement.
        case ack
    }

    enum Authentication: String, Sendable, Codable, CaseIterable {
        /// By the `authenticate` event, answered by `authenticated`.
        case event
        /// In the handshake: the `auth` object of CONNECT, or the query (Engine.IO 3); answered by `authenticated`.
        case handshake
        case none
    }

    enum Engine: String, Sendable, Codable, CaseIterable {
        case v3 = "3"
        case v4 = "4"
        /// Clients of both revisions by turns.
        case mixed
    }

    /// The contract's event names, changeable for servers that call them otherwise.
    struct EventNames: Sendable, Codable, Equatable {
        var authenticate = "authenticate"
        var authenticated = "authenticated"
        var join = "join"
        var joined = "room_users"
        var message = "message"
        var messageAck = "message_ack"
    }

    var scenario: Scenario
    /// The nodes; members of a room go to them by turns.
    var urls: [String]
    var clients: Int
    var rooms: Int
    /// In all rooms together; the first rooms get one more when it does not divide.
    var senders: Int
    var payloadBytes: Int
    var transport: String
    var engine: Engine
    var mode: Mode
    /// Messages that one sender may have on the way, in closed mode.
    var window: Int
    /// Messages per second of all senders, in open mode.
    var rate: Double
    /// When each sender has sent so many, sending ends, also before the duration is over.
    var messagesPerSender: Int
    var reply: Reply
    var authentication: Authentication
    var joinsRooms: Bool
    var namespace: String
    var events: EventNames
    var durationSeconds: Double
    var warmupSeconds: Double
    /// How long to wait for messages that are on the way when sending has stopped.
    var drainSeconds: Double
    var connectRate: Double
    var connectsInFlight: Int
    var connectTimeoutSeconds: Double
    var sourceAddresses: [String]
    var serverPIDs: [Int32]
    var threads: Int

    // MARK: Who is where. Client i is in room i mod rooms; the first members of a room are its senders.

    func room(ofClient index: Int) -> Int { index % self.rooms }

    /// The client's place in its room.
    func place(ofClient index: Int) -> Int { index / self.rooms }

    func members(ofRoom room: Int) -> Int { self.clients / self.rooms + (room < self.clients % self.rooms ? 1 : 0) }

    func senders(inRoom room: Int) -> Int { self.senders / self.rooms + (room < self.senders % self.rooms ? 1 : 0) }

    /// The sender's place among its room's senders; `nil` for clients that only listen.
    func senderPlace(ofClient index: Int) -> Int? {
        let place = self.place(ofClient: index)
        return place < self.senders(inRoom: self.room(ofClient: index)) ? place : nil
    }

    // MARK: Validation

    /// What is wrong with the settings, in one line; `nil` when nothing is.
    var problem: String? {
        self.sizeProblem ?? self.paceProblem ?? self.shapeProblem
    }

    private var sizeProblem: String? {
        Self.outside("clients", self.clients, 1...1_000_000)
            ?? Self.outside("rooms", self.rooms, 1...max(1, self.clients))
            ?? Self.outside("senders", self.senders, 0...self.clients)
            ?? Self.outside("payload-bytes", self.payloadBytes, MessageStamp.byteCount...1_000_000)
            ?? Self.outside("threads", self.threads, 1...256)
    }

    private var paceProblem: String? {
        Self.outside("window", self.window, 1...10_000)
            ?? Self.outside("messages", self.messagesPerSender, 1...Self.mostMessagesPerSender)
            ?? Self.outside("rate", self.rate, 0.1...10_000_000)
            ?? Self.outside("duration", self.durationSeconds, 0.1...86_400)
            ?? Self.outside("warmup", self.warmupSeconds, 0...3_600)
            ?? Self.outside("drain", self.drainSeconds, 0...600)
            ?? Self.outside("connect-rate", self.connectRate, 1...1_000_000)
            ?? Self.outside("connects-in-flight", self.connectsInFlight, 1...10_000)
            ?? Self.outside("connect-timeout", self.connectTimeoutSeconds, 0.1...600)
    }

    private var shapeProblem: String? {
        guard self.scenario.sends else { return nil }
        if self.senders == 0 { return "--senders must be at least 1 in this scenario" }
        if !self.joinsRooms { return "--no-join needs a scenario where nobody sends (connect or idle)" }
        var pairs = 0
        for room in 0..<self.rooms {
            let members = self.members(ofRoom: room)
            let senders = self.senders(inRoom: room)
            if senders > members { return "there are more senders than members in a room" }
            pairs += members * senders
        }
        return pairs > Self.maximumPairs
            ? "\(pairs) pairs of sender and receiver are more than can be checked (\(Self.maximumPairs))" : nil
    }

    /// Counters have 32 bits.
    static let mostMessagesPerSender = 4_000_000_000

    /// Each pair takes four bytes of the checker.
    private static let maximumPairs = 100_000_000

    private static func outside<Value: Comparable>(
        _ name: String,
        _ value: Value,
        _ range: ClosedRange<Value>
    ) -> String? {
        range.contains(value) ? nil : "--\(name) must be from \(range.lowerBound) to \(range.upperBound), not \(value)"
    }
}
