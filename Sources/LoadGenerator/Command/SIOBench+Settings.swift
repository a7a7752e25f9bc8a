// Licensed under the MIT licence.

internal import ArgumentParser
internal import SocketIOClient

extension SIOBench {
    /// The settings that a command line stands for.
    static func settings(_ arguments: [String]) throws -> LoadSettings {
        try Self.parse(arguments).settings()
    }

    /// Scenario and options as settings.
    /// - Throws: For a value that makes no sense, in one line.
    func settings() throws(LoadFailure) -> LoadSettings {
        let preset = self.load.scenario.preset
        let clients = self.load.clients ?? preset.clients
        let rooms = self.load.rooms ?? max(1, preset.rooms(max(1, clients)))
        guard self.load.senders == nil || self.load.sendersPerRoom == nil else {
            throw LoadFailure("--senders and --senders-per-room exclude each other")
        }
        guard EngineClientOptions.TransportChoice(rawValue: self.connecting.transport) != nil else {
            throw LoadFailure("--transport must be websocket, polling or upgrade, not '\(self.connecting.transport)'")
        }
        guard self.server.namespace.hasPrefix("/"), !self.server.namespace.contains(where: { ",?\" ".contains($0) })
        else {
            throw LoadFailure("--namespace must begin with a slash and hold no comma, question mark, quote or space")
        }
        // Multiplied with care: both may be anything until they have been checked.
        let perRoom = self.load.sendersPerRoom.map { $0.multipliedReportingOverflow(by: rooms) }
        if perRoom?.overflow == true { throw LoadFailure("--senders-per-room is too large") }
        let settings = LoadSettings(
            scenario: self.load.scenario,
            urls: self.server.url,
            clients: clients,
            rooms: rooms,
            senders: self.load.senders ?? perRoom?.partialValue ?? min(preset.senders(rooms), clients),
            payloadBytes: self.load.payloadBytes,
            transport: self.connecting.transport,
            engine: self.connecting.engine,
            // A rate says what is meant.
            mode: self.load.mode ?? (self.load.rate == nil ? preset.mode : .open),
            window: self.load.window,
            rate: self.load.rate ?? preset.rate,
            messagesPerSender: self.load.messages,
            reply: self.load.reply,
            authentication: self.server.auth,
            joinsRooms: !self.connecting.noJoin,
            namespace: self.server.namespace,
            events: self.events.names,
            durationSeconds: self.load.duration,
            warmupSeconds: self.load.warmup,
            drainSeconds: self.load.drain,
            connectRate: self.connecting.connectRate ?? preset.connectRate,
            connectsInFlight: self.connecting.connectsInFlight,
            connectTimeoutSeconds: self.connecting.connectTimeout,
            sourceAddresses: try self.connecting.sources(),
            serverPIDs: self.server.serverPid,
            threads: self.connecting.threads
        )
        if let problem = settings.problem { throw LoadFailure(problem) }
        return settings
    }
}

extension SIOBench.ConnectingOptions {
    /// The list of local addresses; empty to leave the choice to the system.
    func sources() throws(LoadFailure) -> [String] {
        guard let text = self.sourceAddresses else { return [] }
        if let count = Int(text) {
            guard (1...254).contains(count) else {
                throw LoadFailure("--source-addresses must be from 1 to 254, or a list")
            }
            return (1...count).map { "127.0.0.\($0)" }
        }
        return text.split(separator: ",").map { $0.filter { $0 != " " } }
    }
}

extension SIOBench.EventOptions {
    var names: LoadSettings.EventNames {
        LoadSettings.EventNames(
            authenticate: self.eventAuthenticate,
            authenticated: self.eventAuthenticated,
            join: self.eventJoin,
            joined: self.eventJoined,
            message: self.eventMessage,
            messageAck: self.eventMessageAck
        )
    }
}
