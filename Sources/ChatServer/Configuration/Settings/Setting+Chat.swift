// Licensed under the MIT licence.

import ChatStores

// What is kept, and how much of it peers may ask for.
extension Setting {
    static let store = Setting(
        "STORE",
        .choice(["sqlite", "memory", "redis"]),
        default: "sqlite",
        "where messages are kept: `sqlite`, a file in `DATA_DIR`, or `memory`, which forgets them when the process ends; with "
            + "`REDIS_HOST` it is `redis`"
    )
    static let dataDirectory = Setting(
        "DATA_DIR",
        .text("the path of a directory"),
        default: "./data",
        "the directory of `STORE=sqlite`; made if it is not there, and used by one server at a time"
    )
    static let storeSync = Setting(
        "STORE_SYNC",
        .choice(SQLiteStoreOptions.Synchronization.allCases.map(\.rawValue)),
        default: "full",
        "when `STORE=sqlite` takes a message for stored: `full`, when it survives a loss of power; `normal`, when it survives the "
            + "end of the process, but not always that of the system"
    )
    static let historyMaxMessages = Setting(
        "HISTORY_MAX_MESSAGES",
        .integer(1...1_000_000),
        default: "1000",
        "how many messages of a room are kept, counted by their `seq`"
    )
    static let historyMaxAge = Setting(
        "HISTORY_MAX_AGE",
        .seconds(1...3_153_600_000),
        default: "604800",
        "for how long messages are kept (a week)"
    )
    static let lastSeenMaxAge = Setting(
        "LAST_SEEN_MAX_AGE",
        .seconds(1...3_153_600_000),
        default: "7776000",
        "for how long a user who is away is remembered with `STORE=sqlite`: when they were last seen, and how far they have read "
            + "(90 days)"
    )
    static let maxMessageLength = Setting(
        "MAX_MESSAGE_LENGTH",
        .integer(1...10_000_000),
        default: "10000",
        "the longest `content`, in Unicode scalars"
    )
    static let maxPayloadBytes = Setting(
        "MAX_PAYLOAD_BYTES",
        .bytes(1024...1_000_000_000),
        default: "1000000",
        "the largest polling body or WebSocket message"
    )
    static let outboundBufferBytes = Setting(
        "OUTBOUND_BUFFER_BYTES",
        .bytes(65_536...1_073_741_824),
        default: "4194304",
        "how much may wait for one slow client before it is disconnected"
    )

    static let recovery = Setting(
        "RECOVERY",
        .choice(RecoverableClients.allCases.map(\.rawValue)),
        default: "auto",
        "which clients get back what they missed, and their rooms, after a lost connection: `auto` (those known to be able, or "
            + "that ask), `on` (all of v3 and v4) or `off`"
    )
    static let recoveryWindow = Setting(
        "RECOVERY_WINDOW",
        .milliseconds(1000...3_600_000),
        default: "120000",
        "how long such a client can be away"
    )
    static let presenceGrace = Setting(
        "PRESENCE_GRACE",
        .milliseconds(0...3_600_000),
        default: "0",
        "how long a user stays online after the last device has left, so that a quick reconnection is silent"
    )
}
