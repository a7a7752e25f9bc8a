// Licensed under the MIT licence.

/// What one worker, or all of them together, has counted so far.
struct LoadCounters: Sendable, Equatable {
    /// Clients that have connected, authenticated and joined.
    var ready = 0
    /// Clients that did not get there.
    var failed = 0
    var firstFailure: String?
    /// Clients whose session ended during the run.
    var lostClients = 0
    var firstLostClient: String?
    /// `error` events.
    var errors: UInt64 = 0
    var firstError: String?
    /// Messages of this run.
    var received: UInt64 = 0
    var receivedInWindow: UInt64 = 0
    var receivedBytes: UInt64 = 0
    /// Messages that carried a `seq`.
    var numbered: UInt64 = 0
    /// Messages that are not of this run.
    var foreign: UInt64 = 0
    /// Messages that were due, in open mode, but not sent because the server did not take what was sent before.
    var withheld: UInt64 = 0
    /// How late this tool itself sent a message, in open mode, at most.
    var worstSendLagNanoseconds: UInt64 = 0

    mutating func merge(_ other: LoadCounters) {
        self.ready += other.ready
        self.failed += other.failed
        self.firstFailure = self.firstFailure ?? other.firstFailure
        self.lostClients += other.lostClients
        self.firstLostClient = self.firstLostClient ?? other.firstLostClient
        self.errors += other.errors
        self.firstError = self.firstError ?? other.firstError
        self.received += other.received
        self.receivedInWindow += other.receivedInWindow
        self.receivedBytes += other.receivedBytes
        self.numbered += other.numbered
        self.foreign += other.foreign
        self.withheld += other.withheld
        self.worstSendLagNanoseconds = max(self.worstSendLagNanoseconds, other.worstSendLagNanoseconds)
    }
}

/// How many messages one sender has sent.
struct SentCount: Sendable {
    var room: Int
    /// The sender's place among its room's senders.
    var place: Int
    var count: UInt32
}

/// All senders' counts, brought together from all workers.
struct SentTable: Sendable {
    private var rooms: [[UInt32]]
    private let members: [Int]

    init(settings: LoadSettings, counts: [SentCount]) {
        self.rooms = (0..<settings.rooms).map { Array(repeating: 0, count: settings.senders(inRoom: $0)) }
        self.members = (0..<settings.rooms).map(settings.members(ofRoom:))
        for count in counts { self.rooms[count.room][count.place] = count.count }
    }

    func count(room: Int, place: Int) -> UInt32 { self.rooms[room][place] }

    var total: UInt64 { self.rooms.reduce(0) { $0 + $1.reduce(0) { $0 + UInt64($1) } } }

    /// How many deliveries all messages must make: each to every member of its room.
    var expectedDeliveries: UInt64 {
        zip(self.rooms, self.members).reduce(0) { sum, room in
            sum + room.0.reduce(0) { $0 + UInt64($1) } * UInt64(room.1)
        }
    }
}
