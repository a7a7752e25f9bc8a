// Licensed under the MIT licence.

import Configuration
import Foundation
import Logging

extension ChatServerConfiguration {
    /// Reads the configuration of this process: its arguments, over its environment, over the file `.env` in the working
    /// directory if there is one, over the defaults.
    ///
    /// - Parameters:
    ///   - arguments: Settings from the command line, as ``SettingArguments`` takes them.
    ///   - warn: Told, in a line each, of settings that are set in vain, as far as that shows; writes to standard error by default.
    /// - Returns: What to do.
    /// - Throws: What is wrong with the first variable that does not parse or is out of range, or with the file.
    static func load(
        _ arguments: [String] = [],
        warn: (String) -> Void = { Console.write("martlet: \($0)", to: STDERR_FILENO) }
    ) throws(StartError) -> Self {
        let file = try EnvironmentFile.load(path: ".env")
        let environment = ProcessInfo.processInfo.environment
        let sources = [try SettingArguments.variables(arguments), environment, file]
        SettingSpelling.warnings(
            environment: Set(environment.keys),
            file: Set(file.keys),
            hasRedis: sources.compactMap { $0[Setting.redisHost.name] }.first?.isEmpty == false
        ).forEach(warn)
        let configuration = try Self(
            reading: ConfigReader(
                providers: sources.map { EnvironmentVariablesProvider(environmentVariables: $0) }
            )
        )
        if configuration.redis == nil, let line = Redis.warning(aboutUnused: sources) { warn(line) }
        return configuration
    }

    /// Reads the configuration from variables; those that are not set get their defaults.
    ///
    /// ``SettingGroup/all`` says which there are, and what they take.
    ///
    /// - Throws: What is wrong with the first variable that does not parse, is out of range, or asks for what this version
    ///   does not have.
    init(reading config: ConfigReader) throws(StartError) {
        let variables = VariableReader(config)
        self.init()
        self.listening = try Listening(variables)
        self.access = try Access(variables)
        self.redis = try Redis(variables)
        self.storage = try Storage(variables, hasRedis: self.redis != nil)
        self.transport = try Transport(variables)
        self.chat = try Chat(variables)
        // Clients of a single node have nowhere else to go.
        let drainTimeout = self.redis == nil ? Duration.zero : .seconds(25)
        self.drainTimeout = try variables.duration(.drainTimeout) ?? drainTimeout
        self.shutdownTimeout = try variables.duration(.shutdownTimeout) ?? self.shutdownTimeout
        self.logLevel = try variables.choice(.logLevel) ?? self.logLevel
        self.logFormat = try variables.choice(.logFormat) ?? self.logFormat
    }
}

extension ChatServerConfiguration.Listening {
    fileprivate init(_ variables: VariableReader) throws(StartError) {
        self.init()
        if let host = variables.text(.serverHost) {
            guard HostSyntax.isValid(host) else { throw variables.refusal(.serverHost) }
            self.host = host
        }
        self.port = try variables.integer(.serverPort) ?? self.port
        self.threads = try variables.integer(.serverThreads)
        self.maximumConnections = try variables.integer(.maxConnections) ?? self.maximumConnections
        self.tls = try ChatServerConfiguration.TLSFiles(variables)
    }
}

extension ChatServerConfiguration.Storage {
    fileprivate init(_ variables: VariableReader, hasRedis: Bool) throws(StartError) {
        self.init()
        self.kind = try variables.choice(.store) ?? self.kind
        if hasRedis {
            self.kind = .redis
        } else if self.kind == .redis {
            throw StartError.redisWithoutHost
        }
        if let path = variables.text(.dataDirectory) {
            guard !path.isEmpty, path.utf8.count <= 1024, !path.utf8.contains(0) else {
                throw variables.refusal(.dataDirectory)
            }
            self.dataDirectory = path
        }
        self.synchronization = try variables.choice(.storeSync) ?? self.synchronization
        self.historyMaxMessages = try variables.integer(.historyMaxMessages) ?? self.historyMaxMessages
        self.historyMaxAge = try variables.duration(.historyMaxAge) ?? self.historyMaxAge
        self.lastSeenMaxAge = try variables.duration(.lastSeenMaxAge) ?? self.lastSeenMaxAge
    }
}

extension ChatServerConfiguration.Transport {
    fileprivate init(_ variables: VariableReader) throws(StartError) {
        self.init()
        self.pingInterval = try variables.duration(.pingInterval) ?? self.pingInterval
        self.pingTimeout = try variables.duration(.pingTimeout) ?? self.pingTimeout
        self.connectTimeout = try variables.duration(.connectTimeout) ?? self.connectTimeout
        self.upgradeTimeout = try variables.duration(.upgradeTimeout) ?? self.upgradeTimeout
        self.maxPayloadBytes = try variables.integer(.maxPayloadBytes) ?? self.maxPayloadBytes
        self.outboundBufferBytes = try variables.integer(.outboundBufferBytes) ?? self.outboundBufferBytes
        self.sendPath = try variables.choice(.sendPath) ?? self.sendPath
    }
}

extension ChatServerConfiguration.Chat {
    fileprivate init(_ variables: VariableReader) throws(StartError) {
        self.init()
        self.maxMessageLength = try variables.integer(.maxMessageLength) ?? self.maxMessageLength
        self.recovery = try variables.choice(.recovery) ?? self.recovery
        self.recoveryWindow = try variables.duration(.recoveryWindow) ?? self.recoveryWindow
        self.presenceGrace = try variables.duration(.presenceGrace) ?? self.presenceGrace
    }
}
