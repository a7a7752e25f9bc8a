// Licensed under the MIT licence.

internal import ArgumentParser

extension Scenario: ExpressibleByArgument {}
extension LoadSettings.Mode: ExpressibleByArgument {}
extension LoadSettings.Reply: ExpressibleByArgument {}
extension LoadSettings.Authentication: ExpressibleByArgument {}
extension LoadSettings.Engine: ExpressibleByArgument {}

extension SIOBench {
    struct ServerOptions: ParsableArguments {
        @Option(
            help: """
                The server; the path is /socket.io/ unless the URL has one. May be repeated for the nodes of one chat: the members of \
                each room go to them by turns.
                """
        )
        var url = ["http://127.0.0.1:8080/socket.io/"]
        @Option(help: "Namespace of all sockets.")
        var namespace = "/"
        @Option(help: "How clients authenticate: by event, in the handshake, or not at all.")
        var auth = LoadSettings.Authentication.event
        @Option(help: "A token that goes with every authentication.")
        var token: String?
        @Option(help: "A header field for every request, as 'Name: value'; may be repeated.")
        var header: [String] = []
        @Option(help: "The server's process id, for CPU and memory; may be repeated.")
        var serverPid: [Int32] = []
        @Flag(help: "Permit a server that is not on this machine.")
        var allowRemote = false
    }

    struct LoadOptions: ParsableArguments {
        @Option(help: "Sizes to start from: \(Scenario.allCases.map(\.rawValue).joined(separator: ", ")).")
        var scenario = Scenario.custom
        @Option(help: "Number of clients.")
        var clients: Int?
        @Option(help: "Number of rooms; client i is in room i mod rooms.")
        var rooms: Int?
        @Option(help: "Number of senders in all rooms together.")
        var senders: Int?
        @Option(help: "Number of senders in each room, instead of --senders.")
        var sendersPerRoom: Int?
        @Option(help: "Bytes of a message's content, at least \(MessageStamp.byteCount).")
        var payloadBytes = 200
        @Option(help: "closed: send when an earlier message has come back; open: send at --rate.")
        var mode: LoadSettings.Mode?
        @Option(help: "Closed mode: messages that each sender may have on the way.")
        var window = 1
        @Option(help: "Open mode: messages per second of all senders together.")
        var rate: Double?
        @Option(help: "Messages of each sender at most; the run ends when all have sent them.")
        var messages = LoadSettings.mostMessagesPerSender
        @Option(
            help:
                "Closed mode: what counts as come back: echo (the message itself), event (message_ack) or ack (an acknowledgement)."
        )
        var reply = LoadSettings.Reply.echo
        @Option(help: "Seconds that are measured.")
        var duration = 10.0
        @Option(help: "Seconds of load before that.")
        var warmup = 2.0
        @Option(help: "Seconds to wait at most for messages that are on the way at the end.")
        var drain = 10.0
    }

    struct ConnectingOptions: ParsableArguments {
        @Option(help: "websocket, polling, or upgrade (polling, then WebSocket).")
        var transport = "websocket"
        @Option(help: "Engine.IO revision: 4, 3, or mixed.")
        var engine = LoadSettings.Engine.v4
        @Option(help: "Connections per second at most.")
        var connectRate: Double?
        @Option(help: "Connections that may be under way at once.")
        var connectsInFlight = 100
        @Option(help: "Seconds that each client has from its connect to its room.")
        var connectTimeout = 15.0
        @Option(
            help:
                "Local addresses to connect from, by turns: a list with commas, or a number n for 127.0.0.1 to 127.0.0.n."
        )
        var sourceAddresses: String?
        @Flag(name: .customLong("no-join"), help: "Do not join rooms (connect and idle only).")
        var noJoin = false
        @Option(help: "Event loops of this tool.")
        var threads = 1
    }

    struct EventOptions: ParsableArguments {
        @Option var eventAuthenticate = "authenticate"
        @Option var eventAuthenticated = "authenticated"
        @Option var eventJoin = "join"
        @Option(help: "What the server emits to a client that has joined.")
        var eventJoined = "room_users"
        @Option var eventMessage = "message"
        @Option var eventMessageAck = "message_ack"
    }

    struct OutputOptions: ParsableArguments {
        @Option(help: "Write the report as JSON to this file.")
        var json: String?
        @Option(help: "A name for this run, kept in the report.")
        var label: String?
        @Flag(help: "No progress line.")
        var quiet = false
    }
}

extension SIOBench.ServerOptions {
    /// The header options taken apart.
    func headerFields() throws(LoadFailure) -> [(name: String, value: String)] {
        var fields: [(name: String, value: String)] = []
        for header in self.header {
            let parts = header.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, !parts[0].contains(" "), !header.contains(where: { $0.isNewline }) else {
                throw LoadFailure("--header '\(header)' is not 'Name: value'")
            }
            fields.append((String(parts[0]), String(parts[1].drop(while: { $0 == " " }))))
        }
        return fields
    }
}
