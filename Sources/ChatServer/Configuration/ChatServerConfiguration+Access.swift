// Licensed under the MIT licence.

import EngineIO
import EngineIOCore

extension ChatServerConfiguration {
    /// Tokens, from which it comes who a client is.
    struct Tokens: Equatable, Sendable {
        /// Where their keys are, at least one.
        var sources: [TokenKeySource]
        /// What they must say.
        var rules = TokenRules()
    }
}

extension ChatServerConfiguration.Access {
    init(_ variables: VariableReader) throws(StartError) {
        self.init()
        if let list = try variables.secret(.apiKeys, orFile: .apiKeysFile) {
            self.apiKeysFile = variables.textIfAny(.apiKeysFile)
            do throws(APIKeysFlaw) {
                self.apiKeys = try APIKeys(list: list)
            } catch {
                let file = self.apiKeysFile.map { " is \($0.oneLine), which" } ?? ""
                throw StartError("\(self.apiKeysSetting.name)\(file) does not do: \(error.reason).")
            }
        }
        self.tokens = try ChatServerConfiguration.Tokens(variables)
        if let list = variables.text(.corsOrigins) {
            guard let origins = CORSOrigins(list: list) else {
                throw variables.refusal(.corsOrigins)
            }
            self.corsOrigins = origins
        }
        self.allowEIO3 = try variables.toggle(.allowEIO3) ?? self.allowEIO3
        if let list = variables.textIfAny(.trustedProxies) {
            guard let proxies = TrustedProxies(list: list) else { throw variables.refusal(.trustedProxies) }
            self.trustedProxies = proxies
        }
        self.takesProxyProtocol = try variables.toggle(.proxyProtocol) ?? self.takesProxyProtocol
        guard !self.takesProxyProtocol || !self.trustedProxies.networks.isEmpty else {
            throw StartError("PROXY_PROTOCOL is on, but TRUSTED_PROXIES is not set; set it to where the proxies are.")
        }
        self.limitsRates = try variables.toggle(.rateLimits) ?? self.limitsRates
        self.handshakesPerAddress = try variables.integer(.handshakesPerAddress) ?? self.handshakesPerAddress
        self.connectionsPerAddress = try variables.integer(.connectionsPerAddress) ?? self.connectionsPerAddress
    }
}

extension ChatServerConfiguration.Tokens {
    /// Reads `JWT_SECRET` and the others; nil without keys.
    init?(_ variables: VariableReader) throws(StartError) {
        var sources: [TokenKeySource] = []
        if let secret = try variables.required(.jwtSecret) { sources.append(.secret(secret)) }
        if let path = try variables.required(.jwtSecretFile) {
            guard sources.isEmpty else { throw StartError("JWT_SECRET and JWT_SECRET_FILE are both set; unset one.") }
            sources.append(.secretFile(path))
        }
        if let path = try variables.required(.jwtPublicKeyFile) { sources.append(.publicKeyFile(path)) }
        if let path = try variables.required(.jwtJWKSFile) { sources.append(.keySetFile(path)) }
        let rules = try TokenRules(variables)
        guard !sources.isEmpty else {
            // Whoever says what tokens must be like wants them checked.
            for setting in [Setting.jwtIssuer, .jwtAudience] where variables.text(setting) != nil {
                throw StartError(
                    "\(setting.name) is set, but no key of tokens; set JWT_SECRET, JWT_PUBLIC_KEY_FILE or JWT_JWKS_FILE too."
                )
            }
            return nil
        }
        self.init(sources: sources, rules: rules)
    }
}

extension TokenRules {
    fileprivate init(_ variables: VariableReader) throws(StartError) {
        self.init()
        self.issuer = try variables.required(.jwtIssuer)
        self.audience = try variables.required(.jwtAudience)
        self.leewaySeconds = try variables.integer(.jwtLeeway) ?? self.leewaySeconds
        self.userClaim = try variables.required(.jwtUserClaim) ?? self.userClaim
        self.nameClaim = try variables.required(.jwtNameClaim) ?? self.nameClaim
        self.roomsClaim = try variables.required(.jwtRoomsClaim) ?? self.roomsClaim
    }
}

extension TrustedProxies {
    /// Reads `private`, or addresses and networks separated by commas.
    init?(list: String) {
        var networks: [NetworkRange] = []
        for entry in list.split(separator: ",").map({ $0.trimmingSpaces() }) where !entry.isEmpty {
            if entry.lowercased() == "private" {
                networks += Self.privateNetworks.networks
            } else if let network = NetworkRange(String(entry)) {
                networks.append(network)
            } else {
                return nil
            }
        }
        guard !networks.isEmpty else { return nil }
        self.init(networks)
    }
}

extension AddressLimits {
    /// What an address may open; nothing for no bound.
    init?(_ access: ChatServerConfiguration.Access) {
        guard access.limitsRates else { return nil }
        self.init()
        self.handshakesPerSecond = Double(access.handshakesPerAddress)
        self.handshakeBurst = 5 * Double(access.handshakesPerAddress)
        self.maximumConnections = access.connectionsPerAddress
    }
}

extension ChatServerConfiguration.Access {
    /// How far the doors are open, as `/ready` says.
    enum Openness: String {
        /// Everybody may be whoever they say, and post and read over HTTP.
        case open
        /// One of the two.
        case partial
        /// Neither.
        case closed
    }

    var openness: Openness {
        switch (self.tokens, self.apiKeys) {
        case (nil, nil): .open
        case (_?, _?): .closed
        default: .partial
        }
    }

    /// The setting that API keys come from, where there are any.
    private var apiKeysSetting: Setting { self.apiKeysFile == nil ? .apiKeys : .apiKeysFile }

    /// A line about API keys that can be guessed; nothing where there are none.
    var apiKeyWeakness: String? { self.apiKeys?.weakness(in: self.apiKeysSetting) }

    /// What is open, a line for each.
    var warnings: [String] {
        var lines: [String] = []
        if self.tokens == nil {
            lines.append(
                "open to everybody: no key of tokens is set (JWT_SECRET, JWT_PUBLIC_KEY_FILE, JWT_JWKS_FILE), so clients are believed who they say they are"
            )
        }
        if self.apiKeys == nil {
            lines.append(
                "open to everybody: no API_KEYS are set, so whoever reaches the port may post and read over HTTP"
            )
        }
        return lines
    }

    /// What is asked for, in a word or two.
    var summary: String {
        switch (self.tokens, self.apiKeys) {
        case (nil, nil): "OPEN"
        case (nil, _?): "API keys over HTTP"
        case (_?, nil): "tokens, HTTP open"
        case (_?, _?): "tokens, API keys over HTTP"
        }
    }
}
