// Licensed under the MIT licence.

internal import EngineIOCore
internal import NIOCore
internal import SocketIOClient

/// How each client of a run connects.
struct ConnectionPlan {
    private let template: RunTemplate
    /// For each of the nodes.
    private let bases: [EngineClientOptions]
    private let localAddresses: [SocketAddress]

    /// - Throws: For a source address that is none, and when the process may not open enough files.
    init(
        settings: LoadSettings,
        targets: [LoadTarget],
        headers: [(name: String, value: String)],
        template: RunTemplate
    ) throws(LoadFailure) {
        self.template = template
        var localAddresses: [SocketAddress] = []
        for text in settings.sourceAddresses {
            guard let local = try? SocketAddress(ipAddress: text, port: 0) else {
                throw LoadFailure("'\(text)' is not an IP address")
            }
            guard targets.allSatisfy({ $0.address.protocol == local.protocol }) else {
                throw LoadFailure("'\(text)' and the server's address are of different families")
            }
            localAddresses.append(local)
        }
        self.localAddresses = localAddresses
        let transport = EngineClientOptions.TransportChoice(rawValue: settings.transport) ?? .websocket
        self.bases = targets.map { target in
            var base = EngineClientOptions(address: target.address, hostHeader: target.url.authority)
            base.path = target.url.path
            base.headers = headers
            base.transport = transport
            base.connectTimeout = .milliseconds(Int64(settings.connectTimeoutSeconds * 1000))
            // One read should take in what a busy connection gets at once; many connections must not each hold that much.
            base.readBufferBytes = settings.clients <= 4_000 ? 8_192 : 2_048
            return base
        }
        // Polling keeps a connection for GET and one for POST, an upgrade opens a third before those close.
        let perClient = transport == .websocket ? 1 : (transport == .polling ? 2 : 3)
        let needed = settings.clients * perClient + 64
        let allowed = OwnProcess.raiseFileLimit(to: needed)
        guard allowed >= needed else {
            throw LoadFailure(
                "\(needed) open files are needed but only \(allowed) allowed; raise the limit (ulimit -n) or use fewer clients"
            )
        }
    }

    func options(client: Int) -> EngineClientOptions {
        let settings = self.template.settings
        // The members of a room go to the nodes by turns, and the first ones of the rooms do too.
        let member = client / settings.rooms
        let room = client % settings.rooms
        var options = self.bases[(member + room) % self.bases.count]
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
