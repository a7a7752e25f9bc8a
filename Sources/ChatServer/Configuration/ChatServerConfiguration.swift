// Licensed under the MIT licence.

import ChatStores
import EngineIO
import EngineIOCore
import Logging

/// Everything that whoever runs the server may decide.
///
/// The defaults are the documented ones.
struct ChatServerConfiguration: Equatable, Sendable {
    /// Where to listen, and with how much.
    struct Listening: Equatable, Sendable {
        /// An address, or a name that resolves to one.
        var host = "0.0.0.0"
        /// 0 for any that is free.
        var port = 8080
        /// How many event loops; nothing for the number of cores.
        var threads: Int?
        /// The most sessions at once; 0 for as many as there can be open files.
        var maximumConnections = 0
        /// What clients are shown by TLS; nothing to serve in clear text.
        var tls: TLSFiles?
    }

    /// Who may connect and post.
    struct Access: Equatable, Sendable {
        /// Who may use the HTTP interface; nothing for everybody.
        var apiKeys: APIKeys?
        /// The file that they come from, and are read from again; nothing if they come from the setting itself.
        var apiKeysFile: String?
        /// What tells who a client is; nothing to believe what clients say.
        var tokens: Tokens?
        /// Which web pages may connect.
        var corsOrigins = CORSOrigins.any
        /// Whether clients of Socket.IO v2 may connect.
        var allowEIO3 = true
        /// The proxies that tell where a client is.
        var trustedProxies = TrustedProxies.none
        /// Whether they do so by the PROXY protocol.
        var takesProxyProtocol = false
        /// Whether sockets and addresses are held to rates.
        var limitsRates = true
        /// How many connections an address may open a second.
        var handshakesPerAddress = 100
        /// How many connections an address may have.
        var connectionsPerAddress = 10_000
    }

    /// Where messages are kept, and how many.
    struct Storage: Equatable, Sendable {
        /// The stores there are.
        enum Kind: String, CaseIterable, Sendable {
            /// In a file of this machine.
            case sqlite
            /// Gone with the process.
            case memory
            /// On Redis, for all nodes.
            case redis
        }

        /// Which store.
        var kind = Kind.sqlite
        /// Where ``Kind/sqlite`` keeps its files; made if it is not there.
        var dataDirectory = "./data"
        /// When ``Kind/sqlite`` takes a message for stored.
        var synchronization = SQLiteStoreOptions.Synchronization.full
        /// How many messages of a room are retained.
        var historyMaxMessages = 1000
        /// How long a message is retained.
        var historyMaxAge = Duration.seconds(604_800)
        /// How long ``Kind/sqlite`` remembers a user who is away: 90 days.
        var lastSeenMaxAge = Duration.seconds(7_776_000)
    }

    /// How connections behave.
    struct Transport: Equatable, Sendable {
        /// How bytes leave.
        enum SendPathChoice: String, CaseIterable, Sendable {
            /// The best that works here.
            case auto
            /// ``SendPath/ioUring``.
            case ioUring = "io_uring"
            /// ``SendPath/direct``.
            case direct
            /// ``SendPath/nio``.
            case nio
        }

        var pingInterval = Duration.seconds(25)
        var pingTimeout = Duration.seconds(20)
        /// How long a connection may stay without joining a namespace.
        var connectTimeout = Duration.seconds(45)
        /// How long a move from polling to WebSocket may take.
        var upgradeTimeout = Duration.seconds(10)
        /// The most bytes of a polling body, a WebSocket message, the attachments of one packet, or a posted message.
        var maxPayloadBytes = EngineIOOptions.defaultMaxHTTPBufferSize
        /// The most bytes that wait for one client.
        var outboundBufferBytes = 4_194_304
        var sendPath = SendPathChoice.auto
    }

    /// What the chat allows.
    struct Chat: Equatable, Sendable {
        /// The longest `content`, in Unicode scalars.
        var maxMessageLength = 10_000
        /// Which clients can come back as the socket that they were.
        var recovery = RecoverableClients.auto
        /// How long they can be away.
        var recoveryWindow = Duration.seconds(120)
        /// How long a user stays online after the last device has left.
        var presenceGrace = Duration.zero
    }

    var listening = Listening()
    var access = Access()
    var storage = Storage()
    /// Where several nodes meet; nothing for one node.
    var redis: Redis?
    var transport = Transport()
    var chat = Chat()
    /// Over how long sessions are ended when the process is asked to stop.
    var drainTimeout = Duration.zero
    /// How long sessions that were ended get to close.
    var shutdownTimeout = Duration.seconds(10)
    var logLevel = Logger.Level.info
    /// How log lines look.
    var logFormat = LogFormat.auto
}
