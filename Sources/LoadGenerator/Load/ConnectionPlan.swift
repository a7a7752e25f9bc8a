// Licensed under the MIT licence.

internal import EngineIOCore
internal import NIOCore
internal import SocketIOClient

/// How each client of a run connects.
struct ConnectionPlan {
    private let template: RunTemplate
    private let base: EngineClientOptions
    private let localAddresses: [SocketAddress]

    /// - Throws: For a source address that is none, and when the process may not open enough files.
    init(
        settings: LoadSettings,
        target: TargetURL,
        address: SocketAddress,
        headers: [(name: String, value: String)],
        template: RunTemplate
    ) throws(LoadFailure) {
        self.template = template
        var localAddresses: [SocketAddress] = []
        for text in settings.sourceAddresses {
            guard let local = try? SocketAddress(ipAddress: text, port: 0) else {
                throw LoadFailure("'\(text)' is not an IP address")
            }
            guard local.protocol == address.protocol else {
                throw LoadFailure("'\(text)' and the server's address are of different families")
            }
            localAddresses.append(local)
        }
        self.localAddresses = localAddresses
        var base = EngineClientOptions(address: address, hostHeader: target.authority)
        base.path = target.path
        base.headers = headers
        base.transport = EngineClientOptions.TransportChoice(rawValue: settings.transport) ?? .websocket
        base.connectTimeout = .milliseconds(Int64(settings.connectTimeoutSeconds * 1000))
        // One read should take in what a busy connection gets at once; many connections must not each hold that much.
        base.readBufferBytes = settings.clients <= 4_000 ? 8_192 : 2_048
        self.base = base
        // Polling keeps a connection for GET and one for POST, an upgrade opens a third before those close.
        let perClient = base.transport == .websocket ? 1 : (base.transport == .polling ? 2 : 3)
        let needed = settings.clients * perClient + 64
        let allowed = OwnProcess.raiseFileLimit(to: needed)
        guard allowed >= needed else {
            throw LoadFailure(
                "\(needed) open files are needed but only \(allowed) allowed; raise the limit (ulimit -n) or use fewer clients"
            )
        }
    }

    func options(client: Int) -> EngineClientOptions {
        var options = self.base
        let settings = self.template.settings
        switch settings.engine {
        case .v4: options.revision = .v4
        case .v3: options.revision = .v3
        case .mixed: options.revision = client / settings.rooms % 2 == 0 ? .v4 : .v3
        }
        if options.revision == .v3, settings.authentication == .handshake {
            options.query = self.template.credentialItems(client: client)
        }
        if !self.localAddresses.isEmpty {
            options.localAddress = self.localAddresses[client % self.localAddresses.count]
        }
        return options
    }
}
